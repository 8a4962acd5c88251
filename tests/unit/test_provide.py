"""A provider that chooses among classes: whoever needs one that was not chosen does not apply, and the choice is made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph import provide
from kubectl_svcdoctor.graph.evidence import Evidence, _homes
from kubectl_svcdoctor.graph.provide import derives, grounds, providers
from kubectl_svcdoctor.graph.tree import kind_of
from kubectl_svcdoctor.model.evidence import ServiceKey
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Snapshot, Unknown
from kubectl_svcdoctor.model.subject import PodSubject, Subject
from kubectl_svcdoctor.model.table import Cell, Table
from kubectl_svcdoctor.model.table import Row as TableRow
from kubectl_svcdoctor.render.lines import plain
from kubectl_svcdoctor.render.text import text
from tests.support.cases import cases


@dataclass(frozen=True)
class Rain:
    sky: str


@dataclass(frozen=True)
class Weather:
    sky: str


@dataclass(frozen=True)
class HeavyRain:
    sky: str


@dataclass(frozen=True)
class Sun:
    sky: str


@pytest.fixture
def choices(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    providers()
    monkeypatch.setattr(provide, "_providers", dict(provide._providers))
    providers.cache_clear()
    grounds.cache_clear()
    _homes.cache_clear()
    kind_of.cache_clear()
    made: list[str] = []

    @derives
    def forecast(weather: Weather) -> HeavyRain | Sun | Irrelevant:
        made.append(weather.sky)
        return {"grey": HeavyRain("grey"), "blue": Sun("blue")}.get(weather.sky, Irrelevant("it is night"))

    yield made
    monkeypatch.undo()
    providers.cache_clear()
    grounds.cache_clear()
    _homes.cache_clear()
    kind_of.cache_clear()


def evidence(weather: object) -> Evidence:
    return Evidence({Weather: weather}, Snapshot())


def test_the_member_that_was_chosen_is_given_and_the_other_does_not_apply(choices: list[str]) -> None:
    known = evidence(Weather("grey"))
    assert known.need(Sun) == Irrelevant("it is heavy rain, not sun")
    assert known.need(HeavyRain) == HeavyRain("grey")
    assert choices == ["grey"], "the choice is made once, whichever member is asked for first"


def test_no_member_applies_where_none_was_chosen(choices: list[str]) -> None:
    known = evidence(Weather("black"))
    assert known.need(Sun) == known.need(HeavyRain) == Irrelevant("it is night")


def test_what_could_not_be_seen_is_unknown_for_each_member(choices: list[str]) -> None:
    hidden = Unknown("weather", "forbidden")
    known = evidence(hidden)
    assert known.need(Sun) is hidden
    assert known.need(HeavyRain) is hidden
    assert choices == []


class Ports(Table):
    """Nodes × ports, as a hop to come would have them."""


def test_a_provider_of_a_table_has_it_in_the_report_and_nothing_else_has_to_know(choices: list[str]) -> None:
    @derives
    def ports(service: Service) -> Ports:
        rows = (TableRow("node1", (Cell("refused", "broken"),)),)
        return Ports("ports of the nodes", ("node", str(service.spec.ports[0].port)), rows, hops=frozenset({"spec"}))

    case = next(case for case in cases() if not case.finds and not case.change and not case.add)
    report = Doctor(case.source(), prober=case.prober()).examine(case.examined_as())
    assert [table.title for table in report.tables] == ["names below shop.svc.cluster.local", "kube-proxy on the nodes", "ports of the nodes"]
    assert "    node   80\n  ✗ node1  refused\n" in plain(text(report, wide=True), None)
    assert "ports of the nodes" not in plain(text(report), None), "no finding points at it"


def test_what_rests_on_the_subject_alone_is_worked_out_once_for_all_branches(choices: list[str]) -> None:
    made: list[str] = []

    @derives
    def counted(subject: Subject) -> Rain:
        made.append(subject.name)
        return Rain("wet")

    parents = Evidence({Subject: PodSubject("shop", "web-1")}, Snapshot())
    branches = [Evidence({ServiceKey: ServiceKey("shop", name)}, Snapshot(), parents) for name in ("web", "api")]
    assert [branch.need(Rain) for branch in branches] == [Rain("wet")] * 2
    assert made == ["web-1"]
