"""The programs of the lab with nodes: all that it builds or fetches before anything is started."""

from __future__ import annotations

from pathlib import Path

from tests.lab import addons, binaries, envoy
from tests.lab.addons import Addons

NODE = ("kubelet", "kube-proxy")
_SOURCES = (
    ("kubernetes", "k8s.io/kubernetes"),
    ("metallb", "go.universe.tf/metallb"),
    ("contour", "github.com/projectcontour/contour"),
)
"""Toolset and the module whose manifests are used."""


def build_all() -> None:
    """Have everything in the cache; the first time takes many minutes, later ones a fraction of a second."""
    for toolset in ("etcd", "kubernetes", "coredns", "metallb", "contour"):
        binaries.build(toolset)
    envoy.program()


def of_nodes() -> dict[str, Path]:
    """Return the programs that run on a node, beside containerd, by name."""
    folder = binaries.build("kubernetes", NODE)
    return {name: folder / name for name in NODE}


def of_containers() -> dict[str, Path]:
    """Return the programs that run in containers, by the name under which images link to them."""
    built = {name: binaries.binary(toolset, name) for name, toolset in addons.PROGRAMS.items()}
    return {**built, "envoy": envoy.program()}


def addons_of_upstream() -> Addons:
    """Return the add-ons with their manifests as upstream's modules have them."""
    return Addons(*(binaries.module_dir(toolset, module) for toolset, module in _SOURCES))
