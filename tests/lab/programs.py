"""What the labs run, level by level: built, fetched and installed before a test starts, and looked up after that."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.lab import addons, binaries, envoy, manifests, packages
from tests.lab.addons import Addons
from tests.lab.errors import LabError

API, CLUSTER = "api", "cluster"
LEVELS = (API, CLUSTER)
NODE = ("kubelet", "kube-proxy")
_BUILT: dict[str, dict[str, tuple[str, ...]]] = {
    API: {"etcd": (), "kubernetes": ("kube-apiserver", "kube-controller-manager"), "krew": ()},
    CLUSTER: dict.fromkeys(("etcd", "kubernetes", "coredns", "metallb", "contour", "kube-router", "krew"), ()),
}
"""Level -> toolset -> its programs; an empty tuple means all of them."""
_SOURCES = (
    ("kubernetes", "k8s.io/kubernetes"),
    ("metallb", "go.universe.tf/metallb"),
    ("contour", "github.com/projectcontour/contour"),
)
"""Toolset and the module whose manifests are used."""


class ProgramsMissing(LabError):
    """A lab of this level lacks programs; the message names them and the command that brings them."""


def build(level: str) -> None:
    """Have everything that a level runs; the first time this takes many minutes, later a second or two.

    What takes no time comes first, so that what a person has to do is told at once. Raises `LabError`.
    """
    if shutil.which("kubectl") is None:
        raise LabError("kubectl is not installed; https://kubernetes.io/docs/tasks/tools/ says how")
    if level == CLUSTER:
        packages.ensure()
        envoy.fetch()
    for toolset, names in _BUILT[level].items():
        binaries.build(toolset, names)
    if level == CLUSTER:
        for toolset, module in _SOURCES:
            binaries.fetch(toolset, module)
        manifests.gateway_crds()


def require(level: str) -> None:
    """Raise `ProgramsMissing` unless `build` has brought everything of this level: nothing is compiled during a test."""
    missing = [name for toolset, names in _BUILT[level].items() for name in binaries.missing(toolset, names)]
    if level == CLUSTER:
        missing += packages.missing()
        missing += [] if envoy.program().is_file() else ["envoy"]
        missing += [f"the sources of {module}" for toolset, module in _SOURCES if not binaries.fetched(toolset, module)]
    if missing:
        raise ProgramsMissing(f"the lab lacks {', '.join(missing)}; `make programs-{level}` brings them")


def of_nodes() -> dict[str, Path]:
    """Return the programs that run on a node, beside containerd, by name."""
    of_kubernetes = {name: binaries.binary("kubernetes", name) for name in NODE}
    return {**of_kubernetes, "kube-router": binaries.binary("kube-router", "kube-router")}


def of_containers() -> dict[str, Path]:
    """Return the programs that run in containers, by the name under which images link to them."""
    built = {name: binaries.binary(toolset, name) for name, toolset in addons.PROGRAMS.items()}
    return {**built, "envoy": envoy.program()}


def addons_of_upstream() -> Addons:
    """Return the add-ons with their manifests as upstream's modules have them."""
    return Addons(*(binaries.module_dir(toolset, module) for toolset, module in _SOURCES))
