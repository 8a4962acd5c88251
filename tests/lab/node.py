"""One node of the lab: containerd, kubelet, kube-proxy and a NetworkPolicy engine of its own, in its own network and its own view of the mounts.

A node sees its folder as `/run` and its logs as `/var/log`, so every program there uses its usual paths, and all mounts
that containers need live in a mount namespace that ends with the node's last process. What a kubelet would set for the
whole machine (`vm.overcommit_memory`, `kernel.panic`, ...) it finds set already: those files are the node's own too.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab import images, nodeconfig, packages
from tests.lab.errors import LabError
from tests.lab.process import Process, Record, recorded
from tests.lab.runner import Runner
from tests.lab.topology import Host

SOCKET = "/run/containerd/containerd.sock"
_KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What kubelet 1.37 wants below /proc/sys (pkg/kubelet/cm, setupKernelTunables)."""


_OWN_FOLDERS = {"log": "var/log", "lib": "var/lib", "run": "run"}
"""Folder of the node -> the place where its programs see it."""


class Node:
    """A running node. `folder` holds all it writes; the programs come as paths (`kubelet`, `kube-proxy`, `kube-router`)."""

    def __init__(self, host: Host, folder: Path, runner: Runner, programs: dict[str, Path], dual_stack: bool) -> None:
        """Remember where the node is to live; `start` makes it."""
        self.host = host
        self.folder = folder
        self.dual_stack = dual_stack
        self._runner = runner
        self._programs = programs

    def prepare(self, kubelet_kubeconfig: str, proxy_kubeconfig: str, policies_kubeconfig: str, client_ca: str, tools: Path) -> None:
        """Write the node's configuration; `tools` is the folder of programs that its containers get."""
        for name in ("lib", "run/containerd", "run/cni/net.d", "run/kubelet", "log/pods", "log/containers"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        files = {
            "kubelet.kubeconfig": kubelet_kubeconfig,
            "kube-proxy.kubeconfig": proxy_kubeconfig,
            "kube-router.kubeconfig": policies_kubeconfig,
            "client-ca.crt": client_ca,
            "resolv.conf": f"nameserver {nodeconfig.UPSTREAM_DNS}\n",
            "containerd.toml": nodeconfig.containerd(packages.cni_plugins()),
            "runtime-spec.json": images.runtime_spec(tools),
            "cni/net.d/10-lab.conflist": nodeconfig.cni(self.host, self.dual_stack),
            "kubelet.yaml": nodeconfig.kubelet(cgroup=self._runner.cgroup.create(self.host.name)),
            "kube-proxy.yaml": nodeconfig.kube_proxy(self.host.name, self.dual_stack),
        }
        for name, text in files.items():
            path = self.folder / "run" / name
            path.write_text(text)
            path.chmod(0o600)
        for name, value in _KERNEL.items():
            path = self.folder / "run" / "kernel" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{value}\n")

    def start(self, archive: Path) -> None:
        """Start kube-proxy, the policy engine and containerd, import the images, then start kubelet; come back when containerd works."""
        anchor = self._runner.start(f"{self.host.name}-mounts", self._own_mounts())
        anchor.wait_ready(lambda: self.inside(["test", "-e", "/run/containerd.toml"]).returncode == 0)
        self.start_daemon("kube-proxy")
        self.start_daemon("kube-router")
        self.start_daemon("containerd")
        self.import_images(archive)
        self.start_daemon("kubelet")

    def start_daemon(self, name: str) -> Process:
        """Start one of `containerd`, `kubelet`, `kube-proxy`, `kube-router` (again) and return it; containerd once it answers."""
        daemon = self._runner.start(f"{self.host.name}-{name}", self._inside(self._command(name)))
        if name == "containerd":
            daemon.wait_ready(lambda: self._ctr(["version"]) == 0)
        return daemon

    def stop_daemon(self, name: str) -> None:
        """Stop one of the node's daemons and leave its containers and rules as they are, as a crash would."""
        self.record(name).end(grace=5)

    def record(self, name: str) -> Record:
        """Return the process of a daemon as it was started, whoever did; raise `LabError` when it never was."""
        found = recorded(self._runner.folder).get(f"{self.host.name}-{name}")
        if found is None:
            raise LabError(f"{name} of {self.host.name} was not started")
        return found

    def import_images(self, archive: Path) -> None:
        """Load the archive of images into the node's containerd; raise `LabError` with its words on failure."""
        shutil.copy(archive, self.folder / "run" / "images.tar")
        done = self.inside([packages.command("ctr"), "-n", "k8s.io", "images", "import", "/run/images.tar"])
        if done.returncode != 0:
            raise LabError(f"{self.host.name} cannot import the images: {done.stderr.strip()}")

    def inside(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command with the node's own mounts and network and return how it ended."""
        return subprocess.run(self._inside(argv), capture_output=True, text=True, check=False, timeout=120)

    def _inside(self, argv: Sequence[str]) -> list[str]:
        mounts = f"--mount=/proc/{self.record('mounts').pid}/ns/mnt"
        return [packages.command("nsenter"), f"--net={self.host.netns_path}", mounts, "--", *argv]

    def _own_mounts(self) -> list[str]:
        """A process that does nothing but keep the node's mount namespace."""
        kernel = [f"mount --bind {self.folder}/run/kernel/{name} /proc/sys/{name}" for name in _KERNEL]
        own = [f"mount --bind {self.folder}/{name} /{place}" for name, place in _OWN_FOLDERS.items()]
        script = " && ".join([*kernel, *own, "exec sleep infinity"])
        return [packages.command("unshare"), "--mount", "--propagation", "slave", "--", "/bin/sh", "-c", script]

    def _ctr(self, argv: Sequence[str]) -> int:
        return self.inside([packages.command("ctr"), *argv]).returncode

    def _command(self, name: str) -> list[str]:
        if name == "containerd":
            return [packages.command("containerd"), "--config", "/run/containerd.toml"]
        if name == "kube-proxy":
            return [str(self._programs[name]), "--config=/run/kube-proxy.yaml"]
        if name == "kube-router":  # enforces NetworkPolicies, and nothing else of what it can do
            return [str(self._programs[name]), "--run-firewall=true", "--run-router=false", "--run-service-proxy=false",
                    f"--hostname-override={self.host.name}", f"--service-cluster-ip-range={nodeconfig.service_networks(self.dual_stack)}",
                    *(["--enable-ipv6=true"] if self.dual_stack else []), "--kubeconfig=/run/kube-router.kubeconfig"]
        addresses = f"{self.host.ipv4},{self.host.ipv6}" if self.dual_stack else self.host.ipv4
        return [
            str(self._programs[name]),
            "--config=/run/kubelet.yaml",
            "--kubeconfig=/run/kubelet.kubeconfig",
            "--root-dir=/run/kubelet",
            "--cert-dir=/run/kubelet/pki",
            f"--hostname-override={self.host.name}",
            f"--node-ip={addresses}",
        ]
