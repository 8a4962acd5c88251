"""The register of probes: each kind of question has somebody who asks it, a way of being recorded, and its rights; a new kind is one entry."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.cli.rights import optional_roles, questions
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.collect.recording import load, save
from kubectl_svcdoctor.graph.provide import providers
from kubectl_svcdoctor.model import register
from kubectl_svcdoctor.model.access import EXEC
from kubectl_svcdoctor.model.questions import Dialled, DialLocal, Inside, Reached
from kubectl_svcdoctor.model.register import Question, exchange, exchanges, question
from kubectl_svcdoctor.model.registration import RegistrationError
from kubectl_svcdoctor.model.snapshot import Snapshot, Unknown
from kubectl_svcdoctor.probe import asking
from kubectl_svcdoctor.probe.asking import Means, answers, askers
from kubectl_svcdoctor.probe.through_api import ThroughAPI
from tests.support.cases import Healthy, cases

ALL = [pytest.param(kind, id=kind.__name__) for kind in exchanges()]


def made(kind: Any) -> Any:
    """Some value of a kind."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: made(hints[field.name]) for field in dataclasses.fields(kind)})  # type: ignore[operator]
    return {str: "x", int: 7, bool: True, float: 0.5}.get(kind) or (kind.__args__[0] if isinstance(kind.__args__[0], str) else ("x",))


@pytest.mark.parametrize("kind", ALL)
def test_each_question_is_asked_recorded_replayed_and_takes_rights(kind: type[Question], tmp_path: Path) -> None:
    entry, asked = exchanges()[kind], made(kind)
    told = made(entry.reply)
    assert kind in askers()
    assert bool(entry.takes) is (entry.place != "local")
    assert hash(asked) and asked.what and (asked.inside != "") is (entry.place == "pod")
    save(str(tmp_path / "file"), Snapshot({}, {asked: told}), Recording((), datetime(2026, 11, 2, tzinfo=UTC)), "shop")
    [(again, reply)] = load(tmp_path / "file").replies.items()
    assert (again, type(reply)) == (asked, entry.reply)


@pytest.mark.parametrize("kind", ALL)
def test_the_tests_prober_knows_what_is_said_to_each_where_all_is_well(kind: type[Question]) -> None:
    case = cases()[0]
    asked = made(kind)
    assert isinstance(case.prober().ask([asked])[asked], exchanges()[kind].reply)


def test_what_is_asked_is_what_somebody_needs() -> None:
    needed: set[type] = {kind.question for check in all_checks() for kind in questions(check.needs)}
    assert needed == set(exchanges()), "a kind of question that no check rests on is asked by nobody"
    assert {kind for provider in providers().values() if provider.parse for kind in _named(provider.returns)} == needed


def _named(annotation: Any) -> Iterator[type]:
    if annotation in exchanges():
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _named(part)


def test_rights_are_sorted_by_from_where_they_are_taken() -> None:
    probe, inside, watch = optional_roles(all_checks())
    assert [rule["resources"] for rule in inside["rules"]] == [["pods/ephemeralcontainers"], ["pods/exec"], ["pods"]]
    assert "pods/exec" not in {name for rule in probe["rules"] for name in rule["resources"]}
    assert [(rule["resources"], rule["verbs"]) for rule in watch["rules"]] == [([name], ["watch"]) for name in ("services", "endpointslices", "pods")]


@pytest.fixture
def registers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers that forget what a test adds."""
    monkeypatch.setattr(register, "_exchanges", dict(exchanges()))
    monkeypatch.setattr(register, "_kept", dict(register.kept()))
    monkeypatch.setattr(asking, "_askers", dict(askers()))


def test_a_new_kind_is_one_entry(registers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    @question(reply=Reached, place="local")
    @dataclasses.dataclass(frozen=True)
    class Knock(Question):
        door: int

    @answers(Knock)
    def knocked(means: Means, knocks: Any) -> Any:
        return {knock: Reached("refused") for knock in knocks}

    monkeypatch.setattr(register, "exchanges", lambda: register._exchanges)
    monkeypatch.setattr("kubectl_svcdoctor.probe.through_api.askers", lambda: asking._askers)
    assert ThroughAPI(Means(None)).ask([Knock(1), Knock(2)]) == {Knock(1): Reached("refused"), Knock(2): Reached("refused")}  # type: ignore[arg-type]
    assert exchange(Knock(1)).place == "local"
    case = dataclasses.replace(cases()[0], replies=({"question": "Knock", "where": {"door": "2"}, "reply": {"outcome": "reset"}},))
    assert Healthy(case).ask([Knock(1), Knock(2)]) == {Knock(1): Reached(), Knock(2): Reached("reset")}


@pytest.mark.parametrize(("place", "takes"), [("pod", ()), ("api-server", ()), ("local", (EXEC,))])
def test_a_question_without_its_rights_is_refused(place: Any, takes: Any, registers: None) -> None:
    with pytest.raises(RegistrationError, match="say in `takes` which rights"):
        question(reply=Dialled, place=place, takes=takes)(type("Other", (Question,), {}))


def test_two_of_one_name_and_two_askers_of_one_kind_are_refused(registers: None) -> None:
    with pytest.raises(RegistrationError, match="there is a question DialLocal already"):
        question(reply=Reached, place="local")(type("DialLocal", (Question,), {}))
    with pytest.raises(RegistrationError, match="asks DialLocal, as kubectl_svcdoctor"):
        answers(DialLocal)(lambda means, dials: {})


def test_a_kind_that_nobody_asks_is_refused(registers: None) -> None:
    del asking._askers[DialLocal]
    with pytest.raises(RegistrationError, match="nobody asks DialLocal"):
        askers.__wrapped__()


def test_a_vantage_is_one_batch_and_a_local_dial_takes_no_kubelet() -> None:
    assert made(Inside) == Inside("x", "x", "x", "x")
    assert (DialLocal("192.0.2.1", 80).batch, DialLocal("192.0.2.1", 80).kubelet) == ("local", "")
    assert DialLocal("2001:db8::1", 80).what == DialLocal("192.0.2.1", 80).what  # a report says it once for all of them
    assert isinstance(Unknown("x", "y"), register.Reply)  # type: ignore[arg-type]
