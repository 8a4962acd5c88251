"""Names that do not resolve: CoreDNS away, misconfigured, without rights, or behind a wrong Service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.faults.clients import lookup
from tests.lab.faults.fault import fault
from tests.lab.faults.shop import Shop

_SYSTEM = "kube-system"
_NAME = lookup("web.shop.svc.cluster.local")


@contextmanager
def _corefile(shop: Shop, before: str, after: str) -> Iterator[None]:
    """Replace a piece of the Corefile and let the pods read it: they are made anew, which is faster than `reload`."""
    text = shop.get("configmap/coredns", _SYSTEM)["data"]["Corefile"]
    try:
        with shop.patched("configmap/coredns", {"data": {"Corefile": text.replace(before, after)}}, namespace=_SYSTEM):
            _restart(shop)
            yield
    finally:
        _restart(shop)
        shop.must("rollout", "status", "deployment/coredns", "--timeout=60s", namespace=_SYSTEM)


def _restart(shop: Shop) -> None:
    shop.must("delete", "pods", "-l", "k8s-app=kube-dns", "--grace-period=0", "--force", "--wait=true", namespace=_SYSTEM)
    time.sleep(2)


@fault("dns-coredns-down", subject="svc/web", traffic=_NAME, fails="unresolved")
def coredns_scaled_to_zero(shop: Shop) -> Iterator[None]:
    """CoreDNS has no replicas."""
    with shop.patched("deployment/coredns", {"spec": {"replicas": 0}}, namespace=_SYSTEM):
        yield


@fault("dns-corefile-broken", subject="svc/web", traffic=_NAME, fails="unresolved", by_command=False)
def corefile_of_other_zone(shop: Shop) -> Iterator[None]:
    """The Corefile serves another zone than the kubelets tell their pods."""
    with _corefile(shop, "kubernetes cluster.local", "kubernetes cluster.lan"):
        yield


@fault("dns-corefile-broken", subject="svc/web", traffic=_NAME, fails="unresolved", by_command=False)
def corefile_does_not_parse(shop: Shop) -> Iterator[None]:
    """A typing error in the Corefile: CoreDNS does not start."""
    with _corefile(shop, "loadbalance", "loadbalanced"):
        yield


@fault("dns-loop", subject="svc/web", traffic=_NAME, fails="unresolved", by_command=False)
def forwarding_loop(shop: Shop) -> Iterator[None]:
    """CoreDNS forwards to itself, notices and exits."""
    with _corefile(shop, "forward . /etc/resolv.conf", "forward . 127.0.0.1:53"):
        yield


@fault("dns-service-selector", subject="svc/web", traffic=_NAME, fails="unresolved")
def dns_service_selects_nothing(shop: Shop) -> Iterator[None]:
    """The Service of the cluster's DNS selects a label that CoreDNS does not carry."""
    with shop.patched("service/kube-dns", {"spec": {"selector": {"k8s-app": "coredns"}}}, namespace=_SYSTEM):
        yield


@fault("dns-kube-dns-service-missing", subject="svc/web", traffic=_NAME, fails="unresolved")
def dns_service_missing(shop: Shop) -> Iterator[None]:
    """The Service of the cluster's DNS is gone."""
    with shop.deleted("service/kube-dns", namespace=_SYSTEM):
        yield


@fault("dns-rbac", subject="svc/web", traffic=_NAME, fails="unresolved")
def dns_without_rights(shop: Shop) -> Iterator[None]:
    """CoreDNS may not list Services and EndpointSlices (any more, after a restart)."""
    try:
        with shop.deleted("clusterrolebinding/system:coredns"):
            _restart(shop)
            yield
    finally:
        _restart(shop)
        shop.must("rollout", "status", "deployment/coredns", "--timeout=60s", namespace=_SYSTEM)


@fault("svc-externalname-unresolvable", subject="svc/partner", traffic=lookup("partner.shop.svc.cluster.local"),
       fails="unresolved", by_command=False)
def external_name_misspelled(shop: Shop) -> Iterator[None]:
    """The external name has a typing error."""
    with shop.patched("service/partner", {"spec": {"externalName": "wwww.example.org"}}):
        yield


@fault("svc-externalname-ip", subject="svc/partner", traffic=lookup("partner.shop.svc.cluster.local"), fails="unresolved",
       by_command=False)
def external_name_is_an_address(shop: Shop) -> Iterator[None]:
    """The external name is an address, which no DNS server resolves."""
    with shop.patched("service/partner", {"spec": {"externalName": "203.0.113.80"}}):
        yield


@fault("sts-servicename-mismatch", subject="sts/db", traffic=lookup("db-0.db.shop.svc.cluster.local"), fails="unresolved")
def governing_service_named_otherwise(shop: Shop) -> Iterator[None]:
    """The StatefulSet's serviceName is not the headless Service that selects its pods; it cannot be changed in place."""
    before = shop.get("statefulset/db")
    with shop.deleted("statefulset/db"):
        shop.create({**before, "spec": {**before["spec"], "serviceName": "database"}})
        shop.settle("statefulset/db")
        yield
        shop.must("delete", "statefulset/db", "--wait=true")
    shop.settle("statefulset/db")


@fault("hl-no-ready-nxdomain", subject="svc/db", traffic=lookup("db.shop.svc.cluster.local"), fails="unresolved",
       by_command=False, seconds=60)
def headless_without_ready_pod(shop: Shop) -> Iterator[None]:
    """No pod behind the headless Service is ready, so its name has no address at all."""
    for pod in ("db-0", "db-1"):
        shop.must("exec", pod, "--", "touch", "/tmp/closed")
    try:
        yield
    finally:
        for pod in ("db-0", "db-1"):
            shop.must("exec", pod, "--", "rm", "-f", "/tmp/closed")
