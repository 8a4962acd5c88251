"""What the lab takes from the machine's own package manager: the parts of a node that are not built from Go modules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.lab.errors import LabError

COMMANDS: dict[str, str] = {
    "containerd": "containerd",
    "ctr": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
    "bird": "bird2",
    "birdc": "bird2",
    "busybox": "busybox-static",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "bridge": "iproute2",
    "nft": "nftables",
    "ipset": "ipset",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "sysctl": "procps",
    "curl": "curl",
}
"""Command -> the Debian package that brings it."""

CNI_PLUGIN_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin")
CNI_PACKAGE = "containernetworking-plugins"
SYSTEM_FOLDERS = "/usr/sbin:/sbin:/usr/bin:/bin"


class PackagesMissing(LabError):
    """Something the lab needs is neither installed nor installable; the message says what and how to get it."""


def cni_plugins() -> str:
    """Return the folder of the CNI plugins (`bridge`, `host-local`, `portmap`, ...)."""
    for folder in CNI_PLUGIN_FOLDERS:
        if os.path.exists(f"{folder}/host-local"):
            return folder
    raise PackagesMissing(f"the CNI plugins are not installed; run: apt-get install {CNI_PACKAGE}")


def command(name: str) -> str:
    """Return the full path of an installed command; raise `PackagesMissing` with its package otherwise."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}")
    if found is None:
        raise PackagesMissing(f"{name} is not installed; run: apt-get install {COMMANDS.get(name, name)}")
    return found


def missing() -> list[str]:
    """Return the Debian packages that are still to be installed, sorted."""
    search = f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}"
    wanted = {package for name, package in COMMANDS.items() if shutil.which(name, path=search) is None}
    if not any(os.path.exists(f"{folder}/host-local") for folder in CNI_PLUGIN_FOLDERS):
        wanted.add(CNI_PACKAGE)
    return sorted(wanted)


def require_root() -> None:
    """Raise `LabError` without the rights for network namespaces, mounts and control groups."""
    if os.geteuid() != 0:
        raise LabError("the lab with nodes needs root (network namespaces, mounts, control groups): run it as root")


def ensure() -> None:
    """Install what is missing with apt-get; raise `PackagesMissing` where that cannot be done."""
    require_root()
    wanted = missing()
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        raise PackagesMissing(f"no apt-get here: install by hand what these packages bring: {' '.join(wanted)}")
    print(f"lab: installing {' '.join(wanted)}", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
        done = subprocess.run(["apt-get", *step], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PackagesMissing(f"apt-get {step[0]} failed: {done.stderr.strip()[-600:]}")
    left = missing()
    if left:
        raise PackagesMissing(f"installed, and still not found: {' '.join(left)}")
