"""The only place that creates anything in a cluster: a Pod to ask from, for as long as the examination takes (--from cluster, --from node/NAME)."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from kubectl_svcdoctor.collect.connection import Connection, Response
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.evidence import Vantage, Wanted
from kubectl_svcdoctor.model.snapshot import Unknown

# Kubernetes' own image for tests of the network: a shell with everything that is needed.
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.57"
STARTS_WITHIN = 40.0
# The kubelet ends the Pod after this time, should nobody be left to remove it.
LIVES_SECONDS = 600
PAUSE = 0.3
# Windows knows one of them.
ENDING = ("SIGTERM", "SIGHUP")
HOPELESS = (
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
)


@contextmanager
def standing(connection: Connection, wanted: Wanted, image: str) -> Iterator[Vantage | Unknown]:
    """The Pod as a vantage once it runs, or why there is none; it is removed when the block ends, however it ends."""
    name = f"svcdoctor-{secrets.token_hex(4)}"
    path = f"/api/v1/namespaces/{wanted.namespace}/pods"
    with _terminating_politely():
        if sys.stderr.isatty():
            print(f"creating Pod {name} in namespace {wanted.namespace} to ask from; it is removed afterwards", file=sys.stderr)
        try:
            refused = _created(connection, path, manifest(wanted, name, image))
            yield refused or _started(connection, f"{path}/{name}") or Vantage(wanted.namespace, name, wanted.typed)
        finally:
            _removed(connection, path, name, wanted.namespace)


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


def _created(connection: Connection, path: str, pod: dict[str, Any]) -> Unknown | None:
    response = connection.post(path, pod)
    if response.status < 300:
        return None
    namespace = pod["metadata"]["namespace"]
    if response.status == 403:
        return _unseen(pod, "forbidden", _message(response), f"ask for the right to create pods there: kubectl auth can-i create pods -n {namespace}")
    return _unseen(pod, "unreachable", _message(response), "ask from a Pod that runs: --from pod/NAME")


def _started(connection: Connection, path: str) -> Unknown | None:
    """None once the Pod runs; else what keeps it from that."""
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        response = connection.get(path)
        pod = json.loads(response.body) if response.status == 200 else {}
        status = pod.get("status", {})
        if status.get("phase") == "Running":
            return None
        words = "; ".join(filter(None, _waiting(status)))
        hopeless = response.status != 200 or status.get("phase") in ("Failed", "Succeeded") or any(reason in words for reason in HOPELESS)
        if hopeless or time.monotonic() > deadline:
            unlock = "give --probe-image an image with a shell that the nodes can pull, or ask from a Pod that runs: --from pod/NAME"
            answered = "" if response.status == 200 else _message(response)
            detail = words or status.get("message") or answered or f"it did not start within {STARTS_WITHIN:.0f} seconds"
            return _unseen(pod, "unreachable" if hopeless else "timeout", detail, unlock)
        time.sleep(PAUSE)


def _waiting(status: dict[str, Any]) -> Iterator[str]:
    """What the kubelet and the scheduler say of a Pod that does not run."""
    for container in status.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") != "ContainerCreating":
            yield ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))
    scheduled: dict[str, str] = next((entry for entry in status.get("conditions", ()) if entry.get("type") == "PodScheduled"), {})
    yield str(scheduled.get("message", "")) if scheduled.get("status") == "False" else ""


def _removed(connection: Connection, path: str, name: str, namespace: str) -> None:
    """Delete the Pod; say so when it is left behind."""
    try:
        response = connection.delete(f"{path}/{name}")
        failed = "" if response.status in (200, 202, 404) else _message(response)
    except UserError as trouble:
        failed = trouble.message
    except KeyboardInterrupt:
        _left_behind("interrupted", name, namespace)
        raise
    if failed:
        _left_behind(failed, name, namespace)


def _left_behind(why: str, name: str, namespace: str) -> None:
    print(f"warning: the Pod that was asked from is left behind: {why}; remove it with: kubectl -n {namespace} delete pod {name}", file=sys.stderr)


def _unseen(pod: dict[str, Any], why: str, detail: str, unlock: str) -> Unknown:
    node = pod.get("spec", {}).get("nodeName") if pod.get("spec", {}).get("hostNetwork") else ""
    return Unknown(f"what a Pod on the network of node {node} sees" if node else "what a Pod of its own sees", why, detail, unlock)


def _message(response: Response) -> str:
    try:
        return str(json.loads(response.body).get("message", "")) or f"HTTP status {response.status}"
    except (ValueError, AttributeError):
        return f"HTTP status {response.status}"


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
