"""What the user typed, and what a DNS name means to a client in its namespace."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.cli.subject import parse
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.graph.subjects import ClientName, client_name
from kubectl_svcdoctor.model.evidence import PodServices
from kubectl_svcdoctor.model.meta import TracedMeta
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.subject import NameSubject, PodSubject, ServiceSubject, StatefulSetSubject


@pytest.mark.parametrize(("typed", "kind", "name", "port"), [
    ("web", "Service", "web", 0), ("svc/web", "Service", "web", 0), ("services/web", "Service", "web", 0),
    ("sts/db", "StatefulSet", "db", 0), ("statefulsets.apps/db.a", "StatefulSet", "db.a", 0), ("po/db-0", "Pod", "db-0", 0),
    ("web:8080", "DNSName", "web", 8080), ("db-0.db.shop", "DNSName", "db-0.db.shop", 0), ("Web.Shop.", "DNSName", "web.shop.", 0),
    ("_http._tcp.web.shop.svc", "DNSName", "_http._tcp.web.shop.svc", 0), ("web.shop.svc.cluster.local:80", "DNSName", "web.shop.svc.cluster.local", 80),
])
def test_subjects(typed: str, kind: str, name: str, port: int) -> None:
    found = parse(typed, "shop")
    assert (found.kind, found.namespace, found.name, found.typed, found.port) == (kind, "shop", name, typed, port)
    assert type(found) is {"Service": ServiceSubject, "StatefulSet": StatefulSetSubject, "Pod": PodSubject, "DNSName": NameSubject}[kind]


@pytest.mark.parametrize(("typed", "said"), [
    ("https://shop.example.com/cart", "URLs"), ("ing/web", "name the Service"), ("shop/web", "-n shop"), ("Web", "lower-case"),
    ("sts/", "cannot be the name"), ("pod/-x", "cannot be the name"), ("web:99999", "65535"), ("web:http", "cannot be the name"), ("a..b", "cannot be"),
])
def test_what_is_no_subject_says_what_to_type_instead(typed: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse(typed, "shop")


def services(*names: str) -> PodServices:
    return PodServices(Service(metadata=TracedMeta(name=name, namespace="shop")) for name in names)


@pytest.mark.parametrize(("typed", "meant"), [
    ("web:80", ClientName("web", "shop", qualified=False)),
    ("web.stock", ClientName("web", "stock")),
    ("db-0.db", ClientName("db", "shop", "db-0", qualified=False)),
    ("db-0.db.stock", ClientName("db", "stock", "db-0")),
    ("web.stock.svc", ClientName("web", "stock")),
    ("web.stock.svc.cluster.lan.", ClientName("web", "stock", domain="cluster.lan")),
    ("db-0.db.stock.svc.cluster.local", ClientName("db", "stock", "db-0", domain="cluster.local")),
    ("_sql._tcp.db.stock.svc.cluster.local", ClientName("db", "stock", "", "sql", "tcp", "cluster.local")),
])
def test_what_a_name_means_to_a_client_in_namespace_shop(typed: str, meant: ClientName) -> None:
    assert client_name(parse(typed, "shop"), services("web", "db")) == meant


def test_a_service_is_no_name() -> None:
    assert isinstance(client_name(parse("web", "shop")), Irrelevant)
