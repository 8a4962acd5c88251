"""What the official client does on our connection, on a real API server: Pods that are created, watched and deleted, and changes that are seen at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.cli.rights import cluster_role, optional_roles
from kubectl_svcdoctor.collect import watching
from kubectl_svcdoctor.collect.connection import Connection, Forbidden, Unreachable
from kubectl_svcdoctor.collect.watching import Changes
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.evidence import Vantage, Wanted
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe import own_pod
from tests.api.test_connection import connected
from tests.lab.controlplane import ControlPlane
from tests.lab.kubectl import Kubectl

ROLES = {"reader": cluster_role(all_checks())[0], **{role["metadata"]["name"]: role for role in optional_roles(all_checks())}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE", 0.5)
    monkeypatch.setattr(watching, "QUIET", 120.0)


@pytest.fixture
def admin(control_plane: ControlPlane) -> Connection:
    return connected(control_plane.admin_kubeconfig)


def allowed(control_plane: ControlPlane, namespace: str, group: str, *roles: str) -> Connection:
    """An administrator who acts as one of a group that has, in the namespace, what `rights` prints for these roles."""
    kind = "rbac.authorization.k8s.io/v1"
    control_plane.write([item for name in roles for item in (
        {**ROLES[name], "kind": "Role", "metadata": {"name": name, "namespace": namespace}},
        {"apiVersion": kind, "kind": "RoleBinding", "metadata": {"name": f"{name}-{group}", "namespace": namespace},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
         "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}]},
    )])
    return connected(control_plane.admin_kubeconfig, as_user="jane", as_groups=("others", group))


def started(connection: Connection, namespace: str, name: str) -> None:
    """What the kubelet writes when a Pod runs; this level has none."""
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/status"
    connection._transport.send("PATCH", path, {}, {"Content-Type": "application/merge-patch+json"}, b'{"status": {"phase": "Running"}}', None)


def pod(namespace: str, name: str = "probe") -> dict[str, Any]:
    return own_pod.manifest(Wanted(namespace, "cluster"), name, "image")


def test_an_object_from_its_creation_to_its_end(admin: Connection, namespace: str) -> None:
    objects = admin.objects(Pod.resource)
    created = objects.create(namespace, pod(namespace))
    assert created.status == 201, created.body
    version = json.loads(created.body)["metadata"]["resourceVersion"]
    assert objects.create(namespace, pod(namespace)).status == 409
    started(admin, namespace, "probe")
    assert objects.delete(namespace, "probe").status == 200
    changes = list(objects.changes(namespace, "app.kubernetes.io/name=svcdoctor", "metadata.name=probe", version, 1.0))
    types = [change.type for change in changes if change.type != "BOOKMARK"]
    assert (types[0], types[-1]) == ("MODIFIED", "DELETED")
    assert json.loads(changes[0].body)["status"]["phase"] == "Running"
    assert objects.delete(namespace, "probe").status == 404


def test_a_version_that_is_none(admin: Connection, namespace: str) -> None:
    with pytest.raises(Unreachable):
        list(admin.objects(Pod.resource).changes(namespace, "", "", "nonsense", 1.0))


def test_one_acts_as_who_is_impersonated(control_plane: ControlPlane, namespace: str) -> None:
    jane = connected(control_plane.admin_kubeconfig, as_user="jane", as_groups=("dev",))
    refused = jane.objects(Pod.resource).create(namespace, pod(namespace))
    assert refused.status == 403 and b'User \\"jane\\" cannot create' in refused.body
    with pytest.raises(Forbidden, match="cannot watch"):
        list(jane.objects(Pod.resource).changes(namespace, "", "", "1", 1.0))


@pytest.fixture
def running(control_plane: ControlPlane, admin: Connection, namespace: str) -> Iterator[Vantage | Unknown]:
    """The vantage that a Pod of our own becomes with what `rights` prints for --from, a kubelet's part played meanwhile."""
    import threading

    robin = allowed(control_plane, namespace, "froms", "svcdoctor-from")
    ended = threading.Event()

    def play() -> None:
        while not ended.wait(0.1):
            for item in json.loads(admin.get(f"/api/v1/namespaces/{namespace}/pods").body)["items"]:
                started(admin, namespace, item["metadata"]["name"])

    thread = threading.Thread(target=play)
    thread.start()
    try:
        with own_pod.standing(robin, Wanted(namespace, "cluster"), "image") as found:
            yield found
    finally:
        ended.set()
        thread.join()
    assert json.loads(admin.get(f"/api/v1/namespaces/{namespace}/pods").body)["items"] == []


def test_the_printed_rights_are_enough_for_a_pod_of_ones_own(running: Vantage | Unknown) -> None:
    assert isinstance(running, Vantage)


def read(namespace: str) -> list[Query[Any]]:
    return [Query(Service, namespace, "web"), Query(EndpointSlice, namespace, labels=(("kubernetes.io/service-name", "web"),)),
            Query(Pod, namespace, labels=(("app", "web"),))]


def watched(connection: Connection, namespace: str) -> Changes:
    """What follows the three, after so many pauses that all of them are watched, or not."""
    changes = Changes(connection)
    changes.follow(read(namespace))
    for _ in range(6):
        changes.wait(2.0)
    return changes


def test_a_change_is_seen_at_once_with_the_printed_rights(control_plane: ControlPlane, kubectl: Kubectl, namespace: str) -> None:
    changes = watched(allowed(control_plane, namespace, "watchers", "reader", "svcdoctor-watch"), namespace)
    for words in (("create", "service", "clusterip", "web", "--tcp=80"), ("label", "service", "web", "a=b"), ("run", "a", "--image=a", "-l", "app=web")):
        assert kubectl(*words, "-n", namespace).returncode == 0
        began = time.monotonic()
        changes.wait()
        assert time.monotonic() - began < 60, words
    kubectl("label", "service", "web", "-n", namespace, "c=d")
    changes.follow(())


def test_without_the_right_to_watch_the_pauses_take_their_time(control_plane: ControlPlane, namespace: str) -> None:
    reader = allowed(control_plane, namespace, "readers", "reader")
    changes = watched(reader, namespace)
    asked, began = reader.requests, time.monotonic()
    changes.wait()
    assert 0.4 < time.monotonic() - began < 60 and reader.requests == asked == 6, "three lists and three watches, once"
