"""Many subjects on two cores: the same reports as on one, whatever becomes of the copy."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from kubectl_svcdoctor import cores
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.many import examined
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.subject import ServiceSubject, Subject
from tests.unit.test_branches import behind

NAMES = ["web", *(f"web-{number}" for number in range(1, 6))]


def subjects() -> list[Subject]:
    return [ServiceSubject("shop", name) for name in NAMES]


def reports() -> list[Report]:
    source = behind(6, broken=[2, 3]).source()
    assert isinstance(source, Recording)
    return [replace(report, seconds=0.0, api_requests=0) for report in examined(Doctor(source), subjects())]


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """By how many copies the subjects are examined; two cores are there."""
    made: list[int] = []
    fork = os.fork

    def counted() -> int:
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(cores, "WORTH_A_COPY", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    monkeypatch.setattr(os, "fork", counted)
    return made


def test_two_processes_say_what_one_says_in_the_same_order(copied: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    together = reports()
    assert copied, "no copy was made"
    monkeypatch.setattr(cores, "WORTH_A_COPY", 1000)
    assert together == reports()
    assert [report.subject.name for report in together] == NAMES
    assert [report.verdict for report in together] == ["healthy", "healthy", "broken", "broken", "healthy", "healthy"]


def test_what_a_copy_that_was_killed_leaves_is_examined_here(copied: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_all", lambda doctor, subjects: os.kill(os.getpid(), signal.SIGKILL))
    assert [report.verdict for report in reports()] == ["healthy", "healthy", "broken", "broken", "healthy", "healthy"]
    assert copied
    with pytest.raises(ChildProcessError):
        os.waitpid(copied[0], os.WNOHANG)  # it is not left as a zombie


def test_one_core_makes_no_copy(copied: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert len(reports()) == len(NAMES)
    assert not copied
