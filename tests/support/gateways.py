"""The kinds of the Gateway API on a real API server, from the definitions of its module."""

from __future__ import annotations

import time
from pathlib import Path

import yaml

from tests.lab import manifests
from tests.support.apiserver import REST

WITHIN = 20.0
SERVED = ("gatewayclasses", "gateways", "httproutes")


def define(kubeconfig: Path) -> None:
    """Have them served. Raises `LabError` where the module cannot be had."""
    rest = REST(kubeconfig)
    for text in manifests.documents(manifests.gateway_crds()):
        rest.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", yaml.load(text, yaml.CSafeLoader))
    deadline = time.monotonic() + WITHIN
    while any(rest.send("GET", f"/apis/gateway.networking.k8s.io/v1/{plural}?limit=1")[0] != 200 for plural in SERVED):
        assert time.monotonic() < deadline, f"the server does not serve the Gateway API after {WITHIN} s"
        time.sleep(0.2)
