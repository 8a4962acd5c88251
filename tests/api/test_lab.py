"""The lab itself: hand-written objects are what their manifests say, and controllers and RBAC are the real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.claim import LabInUse
from tests.lab.controlplane import ControlPlane
from tests.lab.kubectl import Kubectl
from tests.lab.leftovers import remove_family
from tests.lab.process import recorded
from tests.lab.rest import ApiError
from tests.lab.serverfields import HOLD

Manifest = dict[str, Any]
WITHIN_SECONDS = 20
DELETED = "2026-11-02T11:00:00Z"
# Without its node a Pod is in no slice.
NODE: Manifest = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "lab-node"}, "spec": {}, "status": {}}
HARNESS = """
import sys, time
from tests.lab.controlplane import ControlPlane
ControlPlane(sys.argv[1]).start()
print("started", flush=True)
time.sleep(60)
"""


def eventually(probe: Callable[[], Any]) -> Any:
    """What the probe returns as soon as that is true; the last answer when it never is."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while not (answer := probe()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def pod(namespace: str, name: str, address: str, *, ready: bool = True, **metadata: Any) -> Manifest:
    state = {"running": {"startedAt": "2026-11-02T11:00:00Z"}}
    container = {
        "name": "web",
        "ready": ready,
        "started": True,
        "restartCount": 3,
        "state": state,
        "image": "example.com/web:1",
        "imageID": "example.com/web@sha256:0",
    }
    conditions = [{"type": kind, "status": str(ready)} for kind in ("Ready", "ContainersReady")]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": "web"}, **metadata},
        "spec": {"nodeName": NODE["metadata"]["name"], "containers": [{"name": "web", "image": "example.com/web:1"}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": conditions,
            "containerStatuses": [container],
        },
    }


def service(namespace: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    }


def readiness(kubectl: Kubectl, namespace: str) -> dict[str, bool]:
    """The addresses in the slices of Service web, and whether they are ready."""
    listed = json.loads(kubectl("-n", namespace, "get", "endpointslices", "-o", "json").stdout)
    endpoints = [endpoint for item in listed["items"] for endpoint in item.get("endpoints") or ()]
    return {endpoint["addresses"][0]: endpoint["conditions"]["ready"] for endpoint in endpoints}


def test_slices_follow_hand_written_pods(control_plane: ControlPlane, namespace: str, kubectl: Kubectl) -> None:
    pods = [pod(namespace, "web-1", "10.244.1.5"), pod(namespace, "web-2", "10.244.1.6", ready=False)]
    control_plane.write([NODE, *pods, service(namespace)])
    expected = {"10.244.1.5": True, "10.244.1.6": False}
    assert eventually(lambda: readiness(kubectl, namespace) == expected), readiness(kubectl, namespace)
    control_plane.write([pod(namespace, "web-2", "10.244.1.6")])
    expected["10.244.1.6"] = True
    assert eventually(lambda: readiness(kubectl, namespace) == expected), readiness(kubectl, namespace)


def test_nothing_follows_while_controllers_pause(control_plane: ControlPlane, namespace: str, kubectl: Kubectl) -> None:
    with control_plane.controllers_paused():
        control_plane.write([NODE, service(namespace), pod(namespace, "web-1", "10.244.1.5")])
        time.sleep(0.5)
        assert readiness(kubectl, namespace) == {}
    assert eventually(lambda: readiness(kubectl, namespace)) == {"10.244.1.5": True}


def test_a_pod_keeps_what_was_written(control_plane: ControlPlane, namespace: str) -> None:
    given = pod(namespace, "web-1", "10.244.1.5")
    [written] = control_plane.write([given])
    assert (
        given["status"].items()
        <= {
            **written["status"],
            "conditions": given["status"]["conditions"],
            "containerStatuses": given["status"]["containerStatuses"],
        }.items()
    )
    assert written["status"]["containerStatuses"][0].items() >= given["status"]["containerStatuses"][0].items()
    assert {entry["type"]: entry["status"] for entry in written["status"]["conditions"]} == {
        "Ready": "True",
        "ContainersReady": "True",
    }
    assert "volumes" not in written["spec"]
    assert "tolerations" not in written["spec"]


def test_a_node_keeps_what_was_written(control_plane: ControlPlane) -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "written-node"},
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "192.0.2.77"}],
            "conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}],
        },
    }
    for expected in ("Unknown", "True"):
        node["status"]["conditions"][0]["status"] = expected  # type: ignore[index]
        [written] = control_plane.write([node])
        assert written["status"]["conditions"][0]["status"] == expected
        assert "taints" not in written["spec"]
    control_plane.objects.delete([node])
    with pytest.raises(ApiError, match="404 NotFound"):
        control_plane.api.request("GET", "/api/v1/nodes/written-node")


def test_deleted_pods_are_seen(control_plane: ControlPlane, namespace: str) -> None:
    ending = pod(namespace, "ending", "10.244.1.5", deletionTimestamp=DELETED, deletionGracePeriodSeconds=7)
    held = pod(namespace, "held", "10.244.1.6", deletionTimestamp=DELETED)
    held["status"] = {"phase": "Succeeded"}
    first, second = control_plane.write([ending, held])
    assert first["metadata"]["deletionGracePeriodSeconds"] == 7
    assert "finalizers" not in first["metadata"]
    assert second["metadata"]["deletionTimestamp"]
    assert second["metadata"]["finalizers"] == [HOLD]
    control_plane.objects.delete_namespace_content(namespace)
    assert control_plane.api.request("GET", f"/api/v1/namespaces/{namespace}/pods")["items"] == []


def test_mentions_and_managers_are_those_of_the_manifest(control_plane: ControlPlane, namespace: str) -> None:
    managers = [
        {
            "manager": "kubectl-edit",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-11-02T11:48:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:selector": {"f:app": {}}}},
        }
    ]
    owner = service(namespace)
    owner["metadata"] |= {"uid": "11111111-0000-4000-8000-000000000001", "managedFields": managers}
    mention = {"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "11111111-0000-4000-8000-000000000001"}
    owned, written = control_plane.write([pod(namespace, "web-1", "10.244.1.5", ownerReferences=[mention]), owner])
    assert owned["metadata"]["ownerReferences"][0]["uid"] == written["metadata"]["uid"]
    found = written["metadata"]["managedFields"][0]
    assert (found["manager"], found["time"]) == ("kubectl-edit", "2026-11-02T11:48:00Z")


def test_what_the_server_refuses_is_named(control_plane: ControlPlane, namespace: str) -> None:
    wrong = service(namespace)
    wrong["spec"]["selektor"] = {}
    with pytest.raises(ApiError, match=f"Service {namespace}/web: 400 BadRequest: .*selektor"):
        control_plane.write([wrong])
    with pytest.raises(ApiError, match=r"no kind Toaster in example\.com/v1"):
        control_plane.write([{"apiVersion": "example.com/v1", "kind": "Toaster", "metadata": {"name": "t"}}])


def test_an_account_may_what_rbac_allows(control_plane: ControlPlane, namespace: str, kubectl: Kubectl) -> None:
    reader = Kubectl(control_plane.account("reader-of-pods", ["readers"]))
    refused = reader("-n", namespace, "get", "pods")
    assert (refused.returncode, "(Forbidden)" in refused.stderr) == (1, True)
    kubectl("-n", namespace, "create", "role", "pods", "--verb=list", "--resource=pods")
    kubectl("-n", namespace, "create", "rolebinding", "pods", "--role=pods", "--group=readers")
    assert eventually(lambda: reader("-n", namespace, "get", "pods").returncode == 0)
    assert "(Forbidden)" in reader("-n", namespace, "get", "services").stderr


def test_the_server_says_its_version(kubectl: Kubectl) -> None:
    version = json.loads(kubectl("version", "-o", "json").stdout)["serverVersion"]
    assert version["gitVersion"].startswith("v1.")
    assert (version["major"], version["minor"]) == tuple(version["gitVersion"][1:].split(".")[:2])


def test_a_lab_in_use_is_not_taken_over(control_plane: ControlPlane) -> None:
    with pytest.raises(LabInUse, match="in use by another process"):
        ControlPlane(control_plane.lab_id).start()
    assert control_plane.api.answers("/readyz")


def test_a_start_cleans_up_what_a_killed_harness_left() -> None:
    remove_family("pytest-killed")
    lab_id = f"pytest-killed-{os.getpid()}"
    harness = subprocess.Popen([sys.executable, "-c", HARNESS, lab_id], stdout=subprocess.PIPE, text=True)
    bystander = subprocess.Popen(["/bin/sleep", "300"])
    assert harness.stdout is not None
    assert harness.stdout.readline() == "started\n"
    harness.kill()
    harness.wait()
    again = ControlPlane(lab_id)
    left = list(recorded(again.folder).values())
    assert [record.alive() for record in left] == [True] * 3
    with again:
        assert [record.alive() for record in left] == [False] * 3
        assert again.api.answers("/readyz")
        assert bystander.poll() is None
    assert not again.folder.parent.exists()
    bystander.kill()
    bystander.wait()


def test_a_component_can_be_stopped_and_started(control_plane: ControlPlane, namespace: str, kubectl: Kubectl) -> None:
    control_plane.stop_component("kube-controller-manager")
    control_plane.write([NODE, service(namespace), pod(namespace, "web-1", "10.244.1.5")])
    time.sleep(0.5)
    assert readiness(kubectl, namespace) == {}
    control_plane.start_component("kube-controller-manager")
    assert eventually(lambda: readiness(kubectl, namespace)) == {"10.244.1.5": True}


def test_a_lab_for_people(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}

    def lab(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "tests.lab", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)

    up = lab("up", "--id", "people")
    try:
        kubeconfig = up.stdout.removeprefix("export KUBECONFIG=").removesuffix("\n")
        assert Kubectl(Path(kubeconfig))("get", "--raw", "/readyz").stdout == "ok"
        again = lab("up", "--id", "people")
        assert (again.stdout, "running already" in again.stderr) == (up.stdout, True)
        assert lab("status").stdout.split()[:2] == ["people", "api"]
    finally:
        down = lab("down", "--id", "people")
    assert (down.returncode, lab("status").stdout) == (0, "")
    assert list((tmp_path / "kubectl-svcdoctor-lab").iterdir()) == []
    gone = lab("down", "--id", "people")
    assert (gone.returncode, "started no lab people" in gone.stderr) == (1, True)
