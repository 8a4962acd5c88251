"""A filled server: what `-A` says of a hundred Services, ten of which are broken in ten ways."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.model.report import Report
from tests.bench.counting import counting
from tests.lab.controlplane import ControlPlane, running
from tests.support.agreement import all_together, grouped, one_by_one
from tests.support.apiserver import AHEAD, Ahead
from tests.support.door import of
from tests.support.filling import Filler
from tests.support.population import Population
from tests.support.population.surroundings import CROWD, MANY, PLATFORM


@dataclass(frozen=True)
class Filled:
    """What was written, what reads it, and what is said of it together."""

    population: Population
    source: Ahead
    reports: list[Report]


@pytest.fixture(scope="module")
def filled() -> Iterator[Filled]:
    """A server whose slices stay as they are written. Two applications are broken at first; then ten, for which these alone are written anew."""
    first = Population(100, every=50, clock=datetime.now(UTC).replace(microsecond=0) + AHEAD)
    population = replace(first, every=10)
    with running("pytest-population", controllers=()) as plane:
        filler = Filler(of(plane.admin_kubeconfig))
        filler.write([first.surroundings()])
        filler.write(application.objects for application in first.applications())
        changed = first.differing(population)
        filler.remove(item for number in changed for item in first.application(number).objects)
        filler.write(population.application(number).objects for number in changed)
        source = Ahead(APIServer(connect(ConnectionOptions(kubeconfig=str(plane.admin_kubeconfig)), {})))
        yield Filled(population, source, all_together(source))


def test_exactly_the_broken_services_are_found_each_with_its_cause(filled: Filled) -> None:
    wanted = {(found.namespace, found.name): [found.finding] for found in filled.population.applications() if found.finding}
    assert len(wanted) == len({tuple(causes) for causes in wanted.values()}) == 10
    told = {(report.subject.namespace, report.subject.name): [cause.slug for cause in report.causes] for report in filled.reports}
    assert {name: causes for name, causes in told.items() if causes} == wanted
    assert {(report.subject.namespace, report.subject.name) for report in filled.reports if report.verdict != "healthy"} == set(wanted)


def test_all_that_was_generated_is_there(filled: Filled) -> None:
    told = {(report.subject.namespace, report.subject.name) for report in filled.reports}
    generated = {(found.namespace, found.name) for found in filled.population.applications()}
    assert generated < told
    assert {(PLATFORM, f"{CROWD}-{number}") for number in range(MANY)} < told


def test_the_grouped_causes_are_those_of_single_examinations(filled: Filled) -> None:
    alone = list(one_by_one(filled.source, (report.subject for report in filled.reports)))
    assert grouped(alone) == grouped(filled.reports)
    assert [report.verdict for report in alone] == [report.verdict for report in filled.reports]


def test_requests_and_bytes_are_counted_on_their_way(control_plane: ControlPlane, tmp_path: Path) -> None:
    path = "/api/v1/namespaces/default"
    asks = ("import json, os, urllib.request; config = json.load(open(os.environ['KUBECONFIG'])); "
            f"urllib.request.urlopen(config['clusters'][0]['cluster']['server'] + '{path}').read()")
    with counting(of(control_plane.admin_kubeconfig), tmp_path / "kubeconfig") as counter:
        found = counter.traffic([[sys.executable, "-c", asks]] * 2, {})
    assert found.requests == 2
    connection = of(control_plane.admin_kubeconfig).connection()
    connection.request("GET", path)
    assert found.bytes == 2 * len(connection.getresponse().read())
