"""A second core for many subjects: half of them are examined by a copy of this process, which reads nothing more from the API server."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.subject import Subject

# Below half as many the copy brings nothing; of so many it saves a quarter of the time (out of memory, on two cores: 1.1 and 0.8 s).
WORTH_A_COPY = 300


class _Unread(Exception):
    """An examination needs what has not been read yet."""


class _Closed:
    """A source that has nothing more to say."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.requests: int = source.requests
        self.warnings: tuple[str, ...] = source.warnings
        self.now, self.cluster = source.now, source.cluster

    def ask(self, queries: object) -> NoReturn:
        raise _Unread


def examined(doctor: Doctor, subjects: Sequence[Subject]) -> list[Report]:
    """The reports, in the order of the subjects. One that the copy could not finish is examined here, as all are where there is no second core."""
    if len(subjects) < WORTH_A_COPY or sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
        return [doctor.examine(subject) for subject in subjects]
    theirs = _copied(lambda: _all(doctor, subjects[1::2]))
    reports: list[Report | None] = [None] * len(subjects)
    reports[0::2] = [doctor.examine(subject) for subject in subjects[0::2]]
    reports[1::2] = theirs() or [None] * len(subjects[1::2])
    return [report or doctor.examine(subject) for report, subject in zip(reports, subjects, strict=True)]


def _all(doctor: Doctor, subjects: Sequence[Subject]) -> list[Report | None]:
    alone = replace(doctor, source=_Closed(doctor.source))
    return [_one(alone, subject) for subject in subjects]


def _one(doctor: Doctor, subject: Subject) -> Report | None:
    try:
        return doctor.examine(subject)
    except _Unread:
        return None


def _copied(work: Callable[[], list[Report | None]]) -> Callable[[], list[Report | None] | None]:
    """Begin the work in a copy of this process. What comes back waits for the result: None where the copy ended without one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)  # whatever it was, the other process examines these subjects itself
    os.close(writing)

    def result() -> list[Report | None] | None:
        with os.fdopen(reading, "rb") as pipe:
            content = pipe.read()
        _, status = os.waitpid(child, 0)
        return pickle.loads(content) if status == 0 else None

    return result
