"""The only place that creates Pods: one to ask from, for as long as the examination takes (--from cluster, --from node/NAME)."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import Connection, TimedOut
from kubectl_svcdoctor.collect.status import words
from kubectl_svcdoctor.errors import UserError, progress, tell
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.evidence import Vantage, Wanted
from kubectl_svcdoctor.model.meta import condition
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import Pod, PodStatus

if TYPE_CHECKING:
    from kubectl_svcdoctor.collect.connection.objects import Objects

# Kubernetes' own image for tests of the network: a shell with everything that is needed.
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.57"
STARTS_WITHIN = 40.0
# The kubelet ends the Pod after this time, should nobody be left to remove it.
LIVES_SECONDS = 600
PAUSE = 0.3
# Something in between may hold a watch's events back until it ends.
WATCH_SECONDS = 5.0
CONFLICT = 409
# Windows knows one of them.
ENDING = ("SIGTERM", "SIGHUP")
ANOTHER = "give --probe-image an image with a shell that the nodes can pull, or ask from a Pod that runs: --from pod/NAME"
HOPELESS = (
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
)


@contextmanager
def standing(connection: Connection, wanted: Wanted, image: str) -> Iterator[Vantage | Unknown]:
    """The Pod as a vantage once it runs, or why there is none; it is removed when the block ends, however it ends."""
    name = f"svcdoctor-{secrets.token_hex(4)}"
    query = Query(Pod, wanted.namespace, name)
    with _terminating_politely():
        progress(f"creating Pod {name} in namespace {wanted.namespace} to ask from; it is removed afterwards")
        objects, pod = connection.objects(Pod.resource), manifest(wanted, name, image)
        created: bool | Unknown = False
        try:
            created = _created(objects, pod)
            failing = created if isinstance(created, Unknown) else _failing(connection, objects, query, pod)
            yield failing or Vantage(wanted.namespace, name, wanted.typed)
        finally:
            if not isinstance(created, Unknown):
                _removed(objects, query, kubectl("delete", "pod", name, namespace=wanted.namespace), created)


def manifest(wanted: Wanted, name: str, image: str) -> dict[str, Any]:
    """A Pod that the strictest of the Pod Security Standards admits, except on a node's network, which only the privileged one does."""
    spec: dict[str, Any] = {
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "activeDeadlineSeconds": LIVES_SECONDS,
        "automountServiceAccountToken": False, "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "svcdoctor", "image": image, "command": ["sh", "-c", f"sleep {LIVES_SECONDS}"],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }],
    }
    if wanted.node:
        spec |= {"nodeName": wanted.node, "hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet", "tolerations": [{"operator": "Exists"}]}
    labels = {"app.kubernetes.io/name": "svcdoctor", "app.kubernetes.io/managed-by": "kubectl-svcdoctor"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": wanted.namespace, "labels": labels}, "spec": spec}


def _created(objects: Objects, pod: dict[str, Any]) -> bool | Unknown:
    """Whether the API server created the Pod, or why it did not; False where its answer was lost, and nobody knows."""
    try:
        response = objects.create(pod["metadata"]["namespace"], pod)
    except UserError:
        return False  # looking for the Pod, which comes next, tells what is wrong with the connection
    # No other Pod has its name: one that is there already was created by a request whose answer was lost, and which was sent again.
    if response.status < 300 or response.status >= 500 or response.status == CONFLICT:
        return response.status < 300
    if response.status == 403:
        may = kubectl("auth", "can-i", "create", "pods", namespace=pod["metadata"]["namespace"])
        return _unseen(pod, "forbidden", words(response), f"ask for the right to create pods there: {may}")
    return _unseen(pod, "unreachable", words(response), "ask from a Pod that runs: --from pod/NAME")


def _failing(connection: Connection, objects: Objects, query: Query[Pod], made: dict[str, Any]) -> Unknown | None:
    """None once the Pod runs; else what keeps it from that."""
    deadline = time.monotonic() + STARTS_WITHIN
    try:
        for found in _states(connection, objects, query, deadline):
            if found.status.phase == "Running":
                return None
            said = "; ".join(filter(None, _waiting(found.status)))
            if found.finished or any(reason in said for reason in HOPELESS):
                return _unseen(made, "unreachable", said or found.status.message, ANOTHER)
    except UserError as trouble:
        return _unseen(made, "timeout" if isinstance(trouble, TimedOut) else "unreachable", trouble.message, ANOTHER)
    except decode.MALFORMED as error:
        return _unseen(made, "malformed", str(error), ANOTHER)
    return _unseen(made, "timeout", said or found.status.message or f"it did not start within {STARTS_WITHIN:.0f} seconds", ANOTHER)


def _states(connection: Connection, objects: Objects, query: Query[Pod], deadline: float) -> Iterator[Pod]:
    """The Pod, at least once, and again whenever it changes, until the deadline. It is watched; where that is not allowed, or breaks, it is read every
    now and then. Raises UserError when it cannot be read."""
    watched = True
    while True:
        response = connection.get(query.path)
        if response.status != 200:
            raise UserError(words(response))
        found = decode.single(query, response.body)
        yield found
        left = deadline - time.monotonic()
        if left <= 0:
            return
        try:
            for change in objects.changes(query.namespace, "", f"metadata.name={query.name}", found.metadata.resource_version, min(left, WATCH_SECONDS),
                                          ) if watched else ():
                if change.type in ("ADDED", "MODIFIED"):
                    yield decode.single(query, change.body)
        except UserError:
            watched = False
        time.sleep(PAUSE)


def _waiting(status: PodStatus) -> Iterator[str]:
    """What the kubelet and the scheduler say of a Pod that does not run."""
    for container in status.container_statuses:
        waiting = container.state.waiting
        if waiting is not None and waiting.reason != "ContainerCreating":
            yield ": ".join(filter(None, (waiting.reason, waiting.message)))
    scheduled = condition(status.conditions, "PodScheduled")
    yield scheduled.message if scheduled is not None and scheduled.status == "False" else ""


def _removed(objects: Objects, query: Query[Pod], by_hand: Command, created: bool) -> None:
    """Delete the Pod; say so when it is left behind, or when nobody knows."""
    failed = "interrupted"
    try:
        response = objects.delete(query.namespace or "", query.name)
        failed = "" if response.status in (200, 202, 404) else words(response)
    except UserError as trouble:
        failed = trouble.message
    finally:
        if failed and created:
            tell(f"warning: the Pod that was asked from is left behind: {failed}; remove it with: {by_hand}")
        elif failed:
            tell(f"warning: whether the Pod to ask from was created is not known: {failed}; remove it if it is there: {by_hand}")


def _unseen(pod: dict[str, Any], why: str, detail: str, unlock: str) -> Unknown:
    node = pod.get("spec", {}).get("nodeName") if pod.get("spec", {}).get("hostNetwork") else ""
    return Unknown(f"what a Pod on the network of node {node} sees" if node else "what a Pod of its own sees", why, detail, unlock)


@contextmanager
def _terminating_politely() -> Iterator[None]:
    """Let SIGTERM, and a terminal that is closed, end the block as Ctrl-C does, so that what was made is removed.

    A signal that was ignored from the start stays ignored, SIGINT too: nohup and a shell's background job ask for that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupted) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
