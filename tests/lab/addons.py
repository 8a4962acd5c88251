"""The add-ons of the cluster: applied with kubectl as a person would, then asked whether they answer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from tests.lab import credentials, images, manifests
from tests.lab.certificates import Authority
from tests.lab.errors import LabError
from tests.lab.images import Image

ENTRYPOINTS = {
    "coredns/coredns": "/coredns",
    "metallb/controller": "/controller",
    "metallb/speaker": "/speaker",
    "projectcontour/contour": "/contour",
    "envoyproxy/envoy": "/envoy",
}
"""The part of an image's name that tells what upstream's image runs."""
PROGRAMS = {"agnhost": "kubernetes", "coredns": "coredns", "controller": "metallb", "speaker": "metallb", "contour": "contour"}
"""Program that containers run -> the toolset that builds it; Envoy comes from elsewhere."""

_ROLLOUT_SECONDS = 120


class Kubectl(Protocol):
    """Runs kubectl against the cluster and returns how it ended."""

    def __call__(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `kubectl ARGS`."""


class AddonFailed(LabError):
    """An add-on was refused or does not answer; the message says which, with the last words heard."""


class Addons:
    """CoreDNS, the Gateway API's CRDs, MetalLB, Contour and Envoy, and a workload that uses them all."""

    def __init__(self, kubernetes: Path, metallb: Path, contour: Path) -> None:
        """Take the module folders that hold the upstream manifests."""
        authority = Authority("metallb")
        self._upstream = [
            manifests.gateway_crds(),
            manifests.coredns(kubernetes),
            manifests.with_secrets(manifests.contour(contour), credentials.contour()),
            manifests.with_secrets(manifests.metallb(metallb, authority.certificate), credentials.metallb(authority)),
        ]
        self._envoy = manifests.envoy(contour)

    def images(self) -> list[Image]:
        """Return the images that the manifests name, each with what it runs."""
        names = {name for text in (*self._upstream, self._envoy) for name in images.named_in(text)}
        return [Image(name, (entrypoint(name),)) for name in sorted(names)]

    def apply(self, kubectl: Kubectl) -> None:
        """Create everything that needs nobody else to run; raise `AddonFailed` when the API server refuses."""
        for text in self._upstream:
            apply(kubectl, text)
        for name in ("gateway", "welcome"):
            retry(partial(apply, kubectl, manifests.own(name)), timeout=30)

    def configure(self, kubectl: Kubectl, pools: str) -> None:
        """Add what needs others: Envoy when the DNS and Contour are ready, and MetalLB's pools when its webhook answers."""
        for namespace, name in (("kube-system", "coredns"), ("projectcontour", "contour")):
            done = kubectl("-n", namespace, "rollout", "status", f"deployment/{name}", f"--timeout={_ROLLOUT_SECONDS}s")
            if done.returncode != 0:
                raise AddonFailed(f"{name} is not ready: {done.stderr.strip()}")
        apply(kubectl, self._envoy)
        retry(partial(apply, kubectl, pools), timeout=90)


def entrypoint(image: str) -> str:
    """Return the program that upstream's image of this name runs."""
    for part, program in ENTRYPOINTS.items():
        if f"/{part}:" in image:
            return program
    raise AddonFailed(f"the lab has no program for the image {image}")


def apply(kubectl: Kubectl, text: str) -> None:
    """Apply a manifest on the server's side: some CRDs are too large for the annotation of a client-side apply."""
    done = kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
    if done.returncode != 0:
        raise AddonFailed(f"kubectl apply: {done.stderr.strip()[-1500:]}")


def retry(action: Callable[[], object], *, timeout: float) -> None:
    """Do it until it succeeds; after `timeout` seconds the last `AddonFailed` goes on."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            action()
            return
        except AddonFailed:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.5)
