"""The shop that the faults break, as they see it: objects to patch, hosts to touch, clients to ask."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from tests.lab import binaries, manifests
from tests.lab.certificates import Authority
from tests.lab.cluster import Cluster
from tests.lab.errors import LabError
from tests.lab.process import recorded

NAMESPACE = "shop"
HOST, GATEWAY_HOST = "shop.example", "secure.shop.example"
_STAMPS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_WORKLOADS = ("deployment", "statefulset", "daemonset")
_ROLLOUT_SECONDS = 60
_OUTSIDE_PORT = 8090


class Shop:
    """The healthy shop on a running cluster; `setup` makes it."""

    def __init__(self, cluster: Cluster) -> None:
        """Use this cluster; nothing is created yet."""
        self.cluster = cluster
        self.authority = Authority("shop")

    @cached_property
    def gateway_authority(self) -> Authority:
        """The authority of the Gateway's certificate, which is the cluster's."""
        return Authority.load(self.cluster.control_plane.keys, "ca")

    def setup(self) -> None:
        """Create everything and come back when all of it is ready; raise `LabError` otherwise."""
        self.cluster.apply(manifests.own("shop"))
        self.tls_secret(self.authority.server(HOST, [HOST]))
        self._outside_system()
        for workload in ("deployment/web", "deployment/cart", "deployment/files", "statefulset/db"):
            self.must("rollout", "status", workload, f"--timeout={_ROLLOUT_SECONDS}s")
        self.must("rollout", "status", "deployment/stock", f"--timeout={_ROLLOUT_SECONDS}s", namespace="stock")
        self.must("wait", "--for=condition=Ready", "pod/client", f"--timeout={_ROLLOUT_SECONDS}s")

    def _outside_system(self) -> None:
        """The server on the router that the Service `legacy` leads to, unless it runs already."""
        record = recorded(self.cluster.folder).get("router-legacy")
        if record is None or not record.alive():
            server = [str(binaries.binary("kubernetes", "agnhost")), "netexec", f"--http-port={_OUTSIDE_PORT}", "--udp-port=-1"]
            self.cluster.runner.start("router-legacy", server, host=self.cluster.router.host)

    def must(self, *args: str, namespace: str = NAMESPACE, stdin: str | None = None) -> str:
        """Run kubectl in a namespace and return its output; raise `LabError` with its words when it fails."""
        done = self.cluster.kubectl("-n", namespace, *args, stdin=stdin)
        if done.returncode != 0:
            raise LabError(f"kubectl {' '.join(args)} failed: {done.stderr.strip()}")
        return done.stdout

    def get(self, ref: str, namespace: str = NAMESPACE) -> dict[str, Any]:
        """Return an object (`service/web`) as the API server has it."""
        found: dict[str, Any] = json.loads(self.must("get", ref, "-o", "json", namespace=namespace))
        return found

    def in_client(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the pod `client` and return how it ended."""
        return self.cluster.kubectl("-n", NAMESPACE, "exec", "client", "--", *argv)

    def tls_secret(self, leaf: Any) -> None:
        """Put a certificate and its key into the Secret of the Ingress."""
        data = {"tls.crt": leaf.certificate, "tls.key": leaf.key}
        secret = {"metadata": {"name": "shop-tls", "namespace": NAMESPACE}, "type": "kubernetes.io/tls", "stringData": data}
        self.cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Secret", **secret}))

    @contextmanager
    def patched(self, ref: str, patch: Any, *, namespace: str = NAMESPACE) -> Iterator[None]:
        """Patch one object while the block runs and put back what it was, also when someone mended it meanwhile.

        A list is a JSON patch (RFC 6902), a mapping a merge patch (RFC 7386).
        """
        before = self.get(ref, namespace)
        kind = "json" if isinstance(patch, list) else "merge"
        self.must("patch", ref, f"--type={kind}", "-p", json.dumps(patch), namespace=namespace)
        self.settle(ref, namespace)
        try:
            yield
        finally:
            self.put_back(ref, before, namespace)

    @contextmanager
    def deleted(self, ref: str, *, namespace: str = NAMESPACE) -> Iterator[None]:
        """Delete one object while the block runs and create it anew afterwards, if nobody did."""
        before = self.get(ref, namespace)
        self.must("delete", ref, "--wait=true", namespace=namespace)
        try:
            yield
        finally:
            if self.cluster.kubectl("-n", namespace, "get", ref).returncode != 0:
                self.create(before)

    def create(self, wanted: dict[str, Any]) -> None:
        """Create an object anew from what the API server once had."""
        self.must("create", "-f", "-", namespace=wanted["metadata"].get("namespace", NAMESPACE), stdin=json.dumps(_bare(wanted)))

    @contextmanager
    def created(self, text: str) -> Iterator[None]:
        """Create objects while the block runs and delete them afterwards."""
        self.cluster.apply(text)
        try:
            yield
        finally:
            done = self.cluster.kubectl("delete", "--ignore-not-found", "--wait=true", "-f", "-", stdin=text)
            if done.returncode != 0:
                raise LabError(f"what a fault created cannot be deleted: {done.stderr.strip()}")

    def put_back(self, ref: str, before: dict[str, Any], namespace: str = NAMESPACE) -> None:
        """Give an object the content it had; what was removed from it comes back, what was added goes."""
        wanted = _bare(before)
        wanted["metadata"]["resourceVersion"] = self.get(ref, namespace)["metadata"]["resourceVersion"]
        self.must("replace", "-f", "-", namespace=namespace, stdin=json.dumps(wanted))
        self.settle(ref, namespace)

    def settle(self, ref: str, namespace: str = NAMESPACE) -> None:
        """Wait until a workload's new pods exist and its old ones are gone, ready or not; other kinds need no wait."""
        kind, _, name = ref.partition("/")
        deadline = time.monotonic() + _ROLLOUT_SECONDS
        while kind in _WORKLOADS and not self._settled(ref, name, namespace):
            if time.monotonic() > deadline:
                raise LabError(f"{ref} does not settle: {self.must('get', 'pods', '-o', 'wide', namespace=namespace)}")
            time.sleep(0.2)

    def _settled(self, ref: str, name: str, namespace: str) -> bool:
        workload = self.get(ref, namespace)
        status, labels = workload["status"], workload["spec"]["selector"]["matchLabels"]
        if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
            return False
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = json.loads(self.must("get", "pods", "-l", selector, "-o", "json", namespace=namespace))["items"]
        if any("deletionTimestamp" in pod["metadata"] for pod in pods):
            return False
        wanted = workload["spec"].get("replicas", status.get("desiredNumberScheduled", 0))
        updated = status.get("updatedReplicas", status.get("updatedNumberScheduled", 0))
        return bool(len(pods) == wanted == updated)


def _bare(found: dict[str, Any]) -> dict[str, Any]:
    """An object without what the API server adds to it."""
    metadata = {key: value for key, value in found["metadata"].items() if key not in _STAMPS}
    return {**{key: value for key, value in found.items() if key != "status"}, "metadata": metadata}
