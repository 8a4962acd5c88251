"""The generator of large clusters: the same seed gives the same objects, and they are such as a cluster would have."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.collect.casefile import manifests
from kubectl_svcdoctor.graph.slices.controllers import slices_of
from kubectl_svcdoctor.model.endpoints import MANAGED_BY, SLICE_CONTROLLER, EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Pod
from tests.support.kept import kept
from tests.support.population import Application, Population
from tests.support.population.nodes import PODS_OF_A_NODE
from tests.support.slices import grouped

Manifest = dict[str, Any]
SMALL = Population(200, every=10)
STALE = "eps-stale"


@pytest.fixture(scope="module")
def applications() -> list[Application]:
    return list(SMALL.applications())


@pytest.fixture(scope="module")
def objects(applications: list[Application]) -> list[Manifest]:
    return [*SMALL.surroundings(), *(item for application in applications for item in application.objects)]


def test_a_seed_gives_the_same_objects_and_another_gives_others(applications: list[Application]) -> None:
    assert list(replace(SMALL).applications()) == applications
    assert SMALL.surroundings() == replace(SMALL).surroundings()
    assert list(replace(SMALL, seed=2).applications()) != applications


def test_a_larger_population_begins_with_a_smaller_one(applications: list[Application]) -> None:
    assert list(Population(5000, every=10).applications(0, len(applications))) == applications


def test_populations_with_more_broken_ones_differ_in_these_alone(applications: list[Application]) -> None:
    fewer = replace(SMALL, every=50)
    differing = set(SMALL.differing(fewer))
    assert {number for number, application in enumerate(applications) if application.finding} <= differing
    assert all(fewer.application(number) == application for number, application in enumerate(applications) if number not in differing)


@pytest.mark.parametrize(("every", "broken"), [(0, 0), (50, 100), (10, 500)])
def test_so_many_of_five_thousand_are_broken(every: int, broken: int) -> None:
    assert Population(every=every).broken == broken


def test_one_in_three_cannot_be_broken() -> None:
    with pytest.raises(ValueError, match="multiple of 10"):
        Population(every=3)


def test_each_way_to_break_is_used_as_often_and_is_one_that_a_check_finds(applications: list[Application]) -> None:
    found = Counter(application.finding for application in applications if application.finding)
    assert set(found.values()) == {2} and len(found) == 10
    assert set(found) <= {check.slug for check in all_checks()}


def test_there_are_about_four_pods_to_a_service(applications: list[Application]) -> None:
    pods = [application.pods for application in applications]
    assert 4 <= sum(pods) / len(pods) <= 4.2
    assert {0, 1, 2, 3} < set(pods) and max(pods) > 10


def test_all_shapes_are_there(applications: list[Application]) -> None:
    services = [item["spec"] for application in applications for item in application.objects if item["kind"] == "Service"]
    assert {spec.get("type") for spec in services} == {None, "NodePort", "ExternalName"}
    assert any(spec.get("clusterIP") == "None" for spec in services) and any(len(spec["ports"]) > 1 for spec in services)
    assert any("selector" not in spec and "type" not in spec for spec in services)
    assert {"Ingress", "StatefulSet", "Deployment"} < {item["kind"] for application in applications for item in application.objects}


def test_the_node_ports_of_five_thousand_services_fit_into_the_range_of_a_cluster(applications: list[Application]) -> None:
    node_ports = sum(item["spec"].get("type") == "NodePort" for application in applications for item in application.objects if item["kind"] == "Service")
    assert node_ports / len(applications) * 5000 < 2768


def test_no_name_uid_or_address_is_used_twice_and_no_node_has_too_many_pods(objects: list[Manifest]) -> None:
    names = Counter((item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in objects)
    uids = Counter(uid for item in objects if (uid := item["metadata"].get("uid")))
    pods = [item for item in objects if item["kind"] == "Pod"]
    addresses = Counter(item["status"]["podIP"] for item in pods)
    assert max(names.values()) == max(uids.values()) == max(addresses.values()) == 1
    assert max(Counter(item["spec"]["nodeName"] for item in pods).values()) <= PODS_OF_A_NODE
    assert {item["spec"]["nodeName"] for item in pods} <= {item["metadata"]["name"] for item in objects if item["kind"] == "Node"}
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", item["metadata"]["name"]) and len(item["metadata"]["name"]) <= 63 for item in objects)


def test_objects_refer_by_uid_to_earlier_ones_of_their_application(applications: list[Application]) -> None:
    for application in applications:
        known: set[str] = set()
        for item in application.objects:
            known.add(item["metadata"].get("uid", ""))
            assert {owner["uid"] for owner in item["metadata"].get("ownerReferences", ())} <= known


def test_slices_are_what_the_controller_would_write(applications: list[Application]) -> None:
    for application in applications:
        found = manifests(kept(application.objects, SMALL.clock), application.name)
        service = next(item for item in found if isinstance(item, Service))
        written = [item for item in found if isinstance(item, EndpointSlice) and item.labels.get(MANAGED_BY) == SLICE_CONTROLLER]
        if service.selector and application.finding != STALE:
            pods = [item for item in found if isinstance(item, Pod) and service.selector.items() <= item.labels.items()]
            assert grouped(written) == grouped(slices_of(service, pods)), application.name
        else:
            assert bool(written) == (application.finding == STALE)


def test_routes_are_there_only_where_the_server_has_their_kinds() -> None:
    kinds = {routes: {item["kind"] for application in replace(SMALL, routes=routes).applications() for item in application.objects}
             for routes in (False, True)}
    assert kinds[True] - kinds[False] == {"HTTPRoute"}
