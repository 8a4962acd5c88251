"""The records that follow from Services and EndpointSlices: the examples of the DNS specification, and what it says besides."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.collect.decode import from_manifest
from kubectl_svcdoctor.graph.dns.corefile import rewriting, served_zones
from kubectl_svcdoctor.graph.dns.records import records, reverse, too_long
from kubectl_svcdoctor.model.dns import RecordSet
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.questions import Resolved
from kubectl_svcdoctor.model.service import Service

ZONE = "cluster.local"


def service(name: str, **spec: object) -> Service:
    return from_manifest(Service, {"metadata": {"name": name, "namespace": "default"}, "spec": spec})


def slice_of(*endpoints: dict[str, object], ports: list[dict[str, object]] | None = None, family: str = "IPv4") -> EndpointSlice:
    manifest = {"metadata": {"name": "s", "namespace": "default"}, "addressType": family, "endpoints": list(endpoints), "ports": ports or []}
    return from_manifest(EndpointSlice, manifest)


def rows(found: tuple[RecordSet, ...]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(record.name, record.type, tuple(sorted(record.values))) for record in found}


def test_service_with_cluster_ip() -> None:
    """Sections 2.3.1 to 2.3.3."""
    found = records(service("kubernetes", clusterIP="10.3.0.1", clusterIPs=["10.3.0.1"], ports=[{"name": "https", "port": 443}]), (), ZONE)
    assert rows(found) == {
        ("kubernetes.default.svc.cluster.local", "A", ("10.3.0.1",)),
        ("_https._tcp.kubernetes.default.svc.cluster.local", "SRV", ("443 kubernetes.default.svc.cluster.local",)),
        ("1.0.3.10.in-addr.arpa", "PTR", ("kubernetes.default.svc.cluster.local",)),
    }


def test_service_with_a_cluster_ip_of_each_family() -> None:
    found = rows(records(service("kubernetes", clusterIP="10.3.0.1", clusterIPs=["10.3.0.1", "2001:db8::1"], ports=[{"port": 443}]), (), ZONE))
    assert ("kubernetes.default.svc.cluster.local", "AAAA", ("2001:db8::1",)) in found
    pointer = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    assert (pointer, "PTR", ("kubernetes.default.svc.cluster.local",)) in found
    assert not any(kind == "SRV" for _, kind, _ in found), "unnamed ports do not have an SRV record"


def test_headless_service() -> None:
    """Sections 2.4.1 to 2.4.3: one endpoint has a hostname that the specification's example uses, another a name of the server's choice."""
    part = slice_of(
        {"addresses": ["10.3.0.100"], "hostname": "my-pet"}, {"addresses": ["10.3.0.2"], "hostname": "my-pet-2"}, {"addresses": ["10.3.0.3"]},
        ports=[{"name": "https", "port": 443}],
    )
    found = rows(records(service("headless", clusterIP="None"), (part,), ZONE))
    assert found == {
        ("headless.default.svc.cluster.local", "A", ("10.3.0.100", "10.3.0.2", "10.3.0.3")),
        ("my-pet.headless.default.svc.cluster.local", "A", ("10.3.0.100",)),
        ("my-pet-2.headless.default.svc.cluster.local", "A", ("10.3.0.2",)),
        ("_https._tcp.headless.default.svc.cluster.local", "SRV", (
            "443 *", "443 my-pet-2.headless.default.svc.cluster.local", "443 my-pet.headless.default.svc.cluster.local")),
        ("100.0.3.10.in-addr.arpa", "PTR", ("my-pet.headless.default.svc.cluster.local",)),
        ("2.0.3.10.in-addr.arpa", "PTR", ("my-pet-2.headless.default.svc.cluster.local",)),
    }


def test_headless_service_without_ready_endpoints_has_no_name_at_all() -> None:
    part = slice_of({"addresses": ["10.3.0.1"], "hostname": "db-0", "conditions": {"ready": False}})
    found = records(service("db", clusterIP="None"), (part,), ZONE)
    assert {(record.name, record.values, record.note) for record in found} == {
        ("db.default.svc.cluster.local", (), "no endpoint is ready"), ("db-0.db.default.svc.cluster.local", (), "not ready")}
    assert all(record.agrees(Resolved("NXDOMAIN")) for record in found)


def test_several_addresses_of_one_hostname_are_one_record_set() -> None:
    part = slice_of({"addresses": ["10.3.0.1"], "hostname": "a"}, {"addresses": ["10.3.0.2"], "hostname": "a"})
    assert ("a.db.default.svc.cluster.local", "A", ("10.3.0.1", "10.3.0.2")) in rows(records(service("db", clusterIP="None"), (part,), ZONE))


def test_external_name() -> None:
    """Section 2.5."""
    found = rows(records(service("foo", type="ExternalName", externalName="www.example.com."), (), ZONE))
    assert ("foo.default.svc.cluster.local", "CNAME", ("www.example.com",)) in found


@pytest.mark.parametrize(("wanted", "told", "agrees"), [
    (("10.0.0.1", "10.0.0.2"), Resolved("NOERROR", ("10.0.0.2", "10.0.0.1")), True),
    (("10.0.0.1",), Resolved("NOERROR", ("10.0.0.1", "10.0.0.2")), False),
    (("10.0.0.1",), Resolved("NXDOMAIN"), False),
    (("10.0.0.1",), Resolved("SERVFAIL", ("10.0.0.1",)), False),
    ((), Resolved("NOERROR"), True),
    ((), Resolved("NOERROR", ("10.0.0.1",)), False),
    (("*",), Resolved("NOERROR", ("192.0.2.1",)), True),
    (("*",), Resolved("NXDOMAIN"), False),
])
def test_agreement(wanted: tuple[str, ...], told: Resolved, agrees: bool) -> None:
    assert RecordSet("web", "A", wanted).agrees(told) is agrees


def test_agreement_of_srv_and_ptr() -> None:
    assert RecordSet("s", "SRV", ("80 *", "80 a.b")).agrees(Resolved("NOERROR", ("80 10-0-0-1.b", "80 a.b")))
    assert not RecordSet("s", "SRV", ("80 *",)).agrees(Resolved("NOERROR", ("81 10-0-0-1.b",)))
    assert RecordSet("p", "PTR", ("a.b",)).agrees(Resolved("NOERROR", ("c.d", "a.b")))


def test_names_that_nobody_can_ask_for() -> None:
    assert "63" in too_long("a" * 64 + ".web.shop.svc.cluster.local")
    assert "253" in too_long(".".join(["a" * 60] * 5))
    assert too_long("a" * 63 + ".web") == ""
    assert reverse("10.96.0.10") == "10.0.96.10.in-addr.arpa"


def test_corefile() -> None:
    text = """
    example.org:53 { # a stub domain
        forward . 192.0.2.53
    }
    dns://.:53 {
        rewrite name a.example b.example
        kubernetes cluster.local. in-addr.arpa ip6.arpa {
            pods insecure
            fallthrough in-addr.arpa ip6.arpa
        }
        # hosts { not this one }
        forward . /etc/resolv.conf
    }
    """
    assert served_zones(text) == ("cluster.local",)
    assert rewriting(text) == ("rewrite name a.example b.example",)
    assert served_zones("cluster.lan:53 {\n    kubernetes\n}") == ("cluster.lan",)
    assert served_zones(".:53 {\n    forward . 192.0.2.53\n}") == ()
