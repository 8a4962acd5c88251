"""The Secrets that add-ons would make for themselves after their start, made before it.

A pod whose Secret is missing is tried again after 0.5, 1, 2, 4, ... 64 seconds (the kubelet's back-off for volumes), and
MetalLB's controller looks for the files of its webhook after 1, 2, 4, ... seconds, while its liveness probe already fails.
On a slow disk the next look was a minute away when the Secret had long been there.
"""

from __future__ import annotations

import base64
import json
import secrets

from tests.lab.certificates import Authority

_METALLB, _CONTOUR = "metallb-system", "projectcontour"
_WEBHOOK = f"metallb-webhook-service.{_METALLB}.svc"


def metallb(authority: Authority) -> str:
    """Return the key that speakers encrypt their gossip with, and the certificate of MetalLB's webhook."""
    leaf = authority.server(_WEBHOOK, [_WEBHOOK])
    gossip = {"secretkey": base64.b64encode(secrets.token_bytes(16)).decode()}
    webhook = {"tls.crt": leaf.certificate, "tls.key": leaf.key}
    return _secrets(_METALLB, {"memberlist": gossip, "metallb-webhook-cert": webhook})


def contour() -> str:
    """Return the certificates by which Contour and Envoy know each other; upstream's Job `contour-certgen` would make them."""
    authority = Authority("contour")
    server = authority.server("contour", ["contour", f"contour.{_CONTOUR}", f"contour.{_CONTOUR}.svc"])
    leaves = {"contourcert": server, "envoycert": authority.client("envoy")}
    data = {name: {"ca.crt": authority.certificate, "tls.crt": leaf.certificate, "tls.key": leaf.key} for name, leaf in leaves.items()}
    return _secrets(_CONTOUR, data)


def _secrets(namespace: str, data: dict[str, dict[str, str]]) -> str:
    items = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "stringData": texts}
        for name, texts in data.items()
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
