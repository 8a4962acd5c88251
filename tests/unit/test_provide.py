"""A provider that chooses among classes: whoever needs one that was not chosen does not apply, and the choice is made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kubectl_svcdoctor.graph import provide
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.provide import derives, grounds, providers
from kubectl_svcdoctor.model.snapshot import Irrelevant, Snapshot, Unknown


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
    made: list[str] = []

    @derives
    def forecast(weather: Weather) -> HeavyRain | Sun | Irrelevant:
        made.append(weather.sky)
        return {"grey": HeavyRain("grey"), "blue": Sun("blue")}.get(weather.sky, Irrelevant("it is night"))

    yield made
    monkeypatch.undo()
    providers.cache_clear()
    grounds.cache_clear()


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
