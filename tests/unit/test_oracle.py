"""The models of the endpoint slice controller and of DNS against what the real ones made of the same objects (tests/recorded/controllers.json).

A unit case says what slices and names there are by these models; without this, they would be held against themselves.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from kubectl_svcdoctor.collect.casefile import manifests
from kubectl_svcdoctor.graph.dns.records import records
from kubectl_svcdoctor.graph.slices.controllers import slices_of
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.questions import Resolved
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, labels
from kubectl_svcdoctor.model.workload import Pod
from tests.support.cases import served
from tests.support.oracle import DOMAIN, FILE, shapes
from tests.support.slices import grouped


@dataclass(frozen=True)
class Recorded:
    """What the real programs made of one shape: slices, and the answer to each name and type."""

    name: str
    service: Service
    pods: tuple[Pod, ...]
    slices: tuple[EndpointSlice, ...]
    zone: Mapping[tuple[str, str], Resolved]
    gone: frozenset[str]


@functools.cache
def recorded() -> tuple[Recorded, ...]:
    document = json.loads(FILE.read_text())
    return tuple(_shape(entry, frozenset(document["nodes"])) for entry in document["shapes"])


def _shape(entry: dict[str, Any], nodes: frozenset[str]) -> Recorded:
    objects = manifests(entry["objects"], entry["name"])
    service, = (item for item in objects if isinstance(item, Service))
    wanted: Query[Pod] = Query(Pod, service.namespace, labels=labels(service.selector))
    pods = tuple(item for item in objects if isinstance(item, Pod) and wanted.admits(item))
    zone = {tuple(asked.split()): Resolved(told[0], tuple(told[1:])) for asked, told in entry["zone"].items()}
    return Recorded(
        entry["name"], service, pods, tuple(item for item in objects if isinstance(item, EndpointSlice)),
        zone, frozenset(pod.spec.node_name for pod in pods) - nodes)  # type: ignore[arg-type]


ALL = [pytest.param(shape, id=shape.name) for shape in recorded()]


def test_every_shape_is_recorded() -> None:
    assert [shape.name for shape in recorded()] == [shape["name"] for shape in shapes()], "write the file again: make shapes"


@pytest.mark.parametrize("shape", [case for case in ALL if case.values[0].service.selector])  # type: ignore[attr-defined]
def test_the_slices_are_those_that_the_controller_writes(shape: Recorded) -> None:
    expected = slices_of(shape.service, shape.pods, shape.gone)
    assert grouped(expected) == grouped(shape.slices)
    assert {_labels(part) for part in expected} == {_labels(part) for part in shape.slices}


def _labels(part: EndpointSlice) -> frozenset[tuple[str, str]]:
    return frozenset(part.labels.items())


@pytest.mark.parametrize("shape", ALL)
def test_the_names_are_those_that_the_server_has(shape: Recorded) -> None:
    demanded = records(shape.service, shape.slices, DOMAIN)
    for record in demanded:
        assert (record.name, record.type) in shape.zone, f"{record.name} {record.type} was not asked: let tests/support/oracle.py ask it"
        told = shape.zone[record.name, record.type]
        assert record.agrees(told), f"{record} is demanded, and the server says {told}"
    known = {(record.name, record.type) for record in demanded}
    for (name, kind), told in shape.zone.items():
        if (name, kind) not in known:
            assert not told.values or _of_its_choice(name, kind, told, shape.service), f"{name} {kind} is not demanded, and the server says {told}"


def _of_its_choice(name: str, kind: str, told: Resolved, service: Service) -> bool:
    """What CoreDNS has beyond the specification: SRV records of a Service's own name, names of Pods below a Service with a ClusterIP, and names that are
    made of the address of a Pod without a hostname."""
    own = f"{service.name}.{service.namespace}.svc.{DOMAIN}"
    if kind == "PTR":
        return bool(told.values) and all(value.partition(".")[2] == own for value in told.values)
    return (kind == "SRV" and name == own) or (kind in ("A", "AAAA") and not service.headless and name.partition(".")[2] == own)


@pytest.mark.parametrize("shape", ALL)
def test_the_network_of_the_cases_answers_like_the_server(shape: Recorded) -> None:
    zone = served([shape.service, *shape.slices])
    for (name, kind), told in shape.zone.items():
        answer = zone.resolved(name, kind)
        if not _of_its_choice(name, kind, told, shape.service):
            assert answer.status == told.status, (name, kind)
            open_ended = any(value.endswith("*") for value in zone.values.get((name, kind), ()))  # the server's choice, or the world's
            assert open_ended or set(answer.values) == set(told.values), (name, kind)


def test_slices_of_a_service_carry_its_name() -> None:
    for shape in recorded():
        assert {part.labels[SERVICE_NAME] for part in shape.slices} <= {shape.service.name}
