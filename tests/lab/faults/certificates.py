"""Certificates of the Gateway's HTTPS listener that are missing, that nobody accepts, or that the Gateway may not use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.lab.faults.clients import SECURE
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import GATEWAY_HOST, Shop

_CONTOUR = "projectcontour"
_NO_LISTENER = "tls reset refused empty 404"


@contextmanager
def _shown(shop: Shop, hosts: list[str], since: timedelta, until: timedelta) -> Iterator[None]:
    """Let the listener show a certificate for other hosts, or of another time."""
    now = datetime.now(UTC)
    leaf = shop.gateway_authority.server("gateway", hosts, valid=(now + since, now + until))
    data = {"stringData": {"tls.crt": leaf.certificate, "tls.key": leaf.key}}
    with shop.patched("secret/gateway-tls", data, namespace=_CONTOUR):
        yield


def _referenced(shop: Shop, **reference: Any) -> Any:
    """Let the listener refer to another object for its certificate."""
    listeners = shop.get("gateway/contour", _CONTOUR)["spec"]["listeners"]
    at = next(number for number, listener in enumerate(listeners) if listener["name"] == "https")
    path = f"/spec/listeners/{at}/tls/certificateRefs/0"
    return shop.patched("gateway/contour", [{"op": "replace", "path": path, "value": reference}], namespace=_CONTOUR)


@fault("gwl-cert-missing", subject="httproute/secure", traffic=SECURE, fails=_NO_LISTENER, by_command=False)
def gateway_certificate_missing(shop: Shop) -> Iterator[None]:
    """The Secret of the listener's certificate is gone."""
    with shop.deleted("secret/gateway-tls", namespace=_CONTOUR):
        yield


@fault("gwl-cert-malformed", subject="httproute/secure", traffic=SECURE, fails=_NO_LISTENER, by_command=False)
def gateway_certificate_malformed(shop: Shop) -> Iterator[None]:
    """The Secret holds something that is no certificate."""
    with shop.patched("secret/gateway-tls", {"stringData": {"tls.crt": "to be delivered by the security team"}}, namespace=_CONTOUR):
        yield


@fault("gwl-cert-expired", subject="httproute/secure", traffic=SECURE, fails=_NO_LISTENER, by_command=False)
def gateway_certificate_expired(shop: Shop) -> Iterator[None]:
    """The listener's certificate is no longer valid."""
    with _shown(shop, [GATEWAY_HOST], -timedelta(days=90), -timedelta(days=1)):
        yield


@fault("gwl-cert-san", subject="httproute/secure", traffic=SECURE, fails="tls", by_command=False)
def gateway_certificate_of_other_host(shop: Shop) -> Iterator[None]:
    """The listener's certificate is another host's."""
    with _shown(shop, ["secure.shop.test"], -timedelta(days=1), timedelta(days=90)):
        yield


@fault("gwl-cert-refgrant", subject="httproute/secure", traffic=SECURE, fails=_NO_LISTENER)
def gateway_certificate_not_granted(shop: Shop) -> Iterator[None]:
    """The listener refers to a Secret of the shop's namespace, which has agreed to nothing."""
    with _referenced(shop, kind="Secret", name="shop-tls", namespace="shop"):
        yield


@fault("gwl-cert-ref-kind", subject="httproute/secure", traffic=SECURE, fails=_NO_LISTENER)
def gateway_certificate_of_other_kind(shop: Shop) -> Iterator[None]:
    """The listener refers to a ConfigMap for its certificate."""
    with _referenced(shop, kind="ConfigMap", name="gateway-tls"):
        yield
