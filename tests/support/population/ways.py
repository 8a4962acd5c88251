"""Ten ways in which an application is broken. The API alone shows each of them, and each has one cause, by the slug of the check that finds it."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.population.endpoints import slices
from tests.support.population.objects import Manifest, Trouble, port, service
from tests.support.population.shapes import HTTP, Application, Slot, application, deployed, endpoint_ports

PORTS = [port("http", 80, "http")]
Way = Callable[[Slot], Application]


def selector_misspelt(slot: Slot) -> Application:
    """Two letters are swapped, the first that differ."""
    name = slot.name
    at = next(at for at in range(1, len(name)) if name[at] != name[at + 1])
    return _unselected(slot, {"app": name[:at] + name[at + 1] + name[at] + name[at + 2:]}, "sel-no-match-value")


def selector_by_another_key(slot: Slot) -> Application:
    return _unselected(slot, {"name": slot.name}, "sel-wrong-key")


def label_on_the_workload_only(slot: Slot) -> Application:
    tier = {"tier": "frontend"}
    return _unselected(slot, {"app": slot.name, **tier}, "sel-labels-only-on-workload", deployed(slot, own=tier)[0])


def scaled_to_zero(slot: Slot) -> Application:
    return _unselected(slot, {"app": slot.name}, "sel-scaled-to-zero", deployed(slot, replicas=0)[0])


def never_deployed(slot: Slot) -> Application:
    """Nor anywhere else: the name of the application is in use in other namespaces too."""
    return _unselected(slot, {"app": f"{slot.place.namespace}-{slot.name}"}, "sel-workload-missing", [])


def _unselected(slot: Slot, selector: dict[str, str], finding: str, behind: list[Manifest] | None = None) -> Application:
    """A Service that selects no Pod, whatever stands behind it."""
    objects = deployed(slot)[0] if behind is None else behind
    front = service(slot.place, slot.name, {"app": slot.name}, selector, PORTS)
    return application(slot, [*objects, front, *slices(front, [], [])], finding)


def port_name_unknown(slot: Slot) -> Application:
    objects, pods = deployed(slot)
    front = service(slot.place, slot.name, {"app": slot.name}, {"app": slot.name}, [port("http", 80, "web")])
    return application(slot, [*objects, front, *slices(front, pods, [])], "port-named-unresolved")


def slice_stale(slot: Slot) -> Application:
    """The slice lists the Pods of yesterday."""
    objects, pods = deployed(slot)
    front = service(slot.place, slot.name, {"app": slot.name}, {"app": slot.name}, PORTS)
    parts = slices(front, pods, endpoint_ports(PORTS, HTTP))
    for number, entry in enumerate(entry for part in parts for entry in part["endpoints"]):
        network = entry["addresses"][0].rpartition(".")[0]
        entry["addresses"] = [f"{network}.{200 + number % 50}"]
        entry["targetRef"] |= {"name": f"{slot.name}-5d8f7c9b64-{number:05}", "uid": "00000000-0000-4000-8000-000000000000"}
    return application(slot, [*objects, front, *parts], "eps-stale")


def image_missing(slot: Slot) -> Application:
    image = f"registry.example.com/{slot.name}:1.4.2"
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}": ErrImagePull: code = NotFound: {image}: not found'}}
    return _unready(slot, Trouble("Pending", waiting, {}, 0, ("Failed", f'Failed to pull image "{image}": {image}: not found')), "pod-image-pull")


def crash_loop(slot: Slot) -> Application:
    message = f"back-off 5m0s restarting failed container={slot.name}"
    ended = {"exitCode": 1, "reason": "Error", "startedAt": slot.place.ago(minutes=3), "finishedAt": slot.place.ago(minutes=2.9)}
    trouble = Trouble("Running", {"waiting": {"reason": "CrashLoopBackOff", "message": message}}, {"terminated": ended}, 12, ("BackOff", message))
    return _unready(slot, trouble, "pod-crashloop")


def never_ready(slot: Slot) -> Application:
    running, refused = {"running": {"startedAt": slot.place.ago(days=2.9)}}, "Readiness probe failed: HTTP probe failed with statuscode: 503"
    return _unready(slot, Trouble("Running", running, {}, 0, ("Unhealthy", refused)), "pod-not-ready-probe")


def _unready(slot: Slot, trouble: Trouble, finding: str) -> Application:
    objects, pods = deployed(slot, trouble=trouble)
    front = service(slot.place, slot.name, {"app": slot.name}, {"app": slot.name}, PORTS)
    return application(slot, [*objects, front, *slices(front, pods, endpoint_ports(PORTS, HTTP))], finding)


WAYS: tuple[Way, ...] = (
    selector_misspelt, selector_by_another_key, label_on_the_workload_only, scaled_to_zero, never_deployed,
    port_name_unknown, slice_stale, image_missing, crash_loop, never_ready,
)
