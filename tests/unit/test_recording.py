"""Recordings: what was read comes back, says the same, and holds no secrets; a damaged file is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.collect.recording import load, save
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.meta import ObjectMeta
from kubectl_svcdoctor.model.report import Subject
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown
from kubectl_svcdoctor.model.workload import PodLog
from kubectl_svcdoctor.probe.door import Replay
from kubectl_svcdoctor.render.document import report as plain
from tests.support.cases import Case, cases


def recorded(case: Case, folder: Path) -> tuple[dict[str, object], Recording]:
    """What was said of the case, and its recording."""
    source = case.source()
    doctor = Doctor(source, prober=case.prober(), vantages=case.vantages, ask_everything=case.everything)
    said = plain(doctor.examine(case.examined_as()))
    save(str(folder / "recording.yaml"), doctor.snapshot, source, case.namespace, case.vantages)
    return said, load(folder / "recording.yaml")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases() if case.finds])
def test_a_replay_says_what_was_said(case: Case, tmp_path: Path) -> None:
    said, recording = recorded(case, tmp_path)
    again = plain(Doctor(recording, prober=Replay(recording.replies), vantages=recording.vantages, ask_everything=case.everything).examine(case.examined_as()))
    for volatile in ("seconds", "apiRequests"):
        said.pop(volatile)
        again.pop(volatile)
    assert again == said


def healthy() -> Case:
    return next(case for case in cases() if not case.finds and not case.change and not case.add)


def test_what_was_refused_stays_refused(tmp_path: Path) -> None:
    source = healthy().source()
    doctor = Doctor(source)
    doctor.examine(Subject("Service", "shop", "web"))
    query = next(query for query in doctor.snapshot.answers if query.kind.resource.plural == "pods")
    doctor.snapshot = doctor.snapshot.having({query: Unknown("pods", "forbidden", "may not", "ask")})
    save(str(tmp_path / "file"), doctor.snapshot, source, "shop")
    report = Doctor(load(tmp_path / "file")).examine(Subject("Service", "shop", "web"))
    assert report.verdict == "unknown"
    assert "forbidden" in {unknown.why for unknown in report.unknowns}


def test_another_subject_than_the_recorded_one_is_not_asked(tmp_path: Path) -> None:
    _, recording = recorded(healthy(), tmp_path)
    report = Doctor(recording).examine(Subject("Service", "shop", "other"))
    assert {unknown.why for unknown in report.unknowns} == {"not-asked"}


def test_secrets_are_left_out(tmp_path: Path) -> None:
    case = Case("x", "y", (), ({"kind": "Pod", "name": "web-*", "patch": {"metadata": {"annotations": {
        "kubectl.kubernetes.io/last-applied-configuration": "hunter2"}}, "spec": {"containers": [
            {"name": "web", "env": [{"name": "PASSWORD", "value": "hunter2"}], "args": ["--password=hunter2"], "command": ["hunter2"]}]}}},),
        (), True, "web", "shop", (), "")
    recorded(case, tmp_path)
    text = (tmp_path / "recording.yaml").read_text()
    assert "hunter2" not in text
    assert "PASSWORD" in text


@pytest.mark.parametrize("content", ["", "[]", "kind: List", "a: [", "\x00", "{apiVersion: svcdoctor/v1, kind: Recording}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: x, reads: [], objects: []}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: 2026-01-01T00:00:00Z, reads: [], objects: [1]}"])
def test_a_damaged_recording_is_one_sentence(content: str, tmp_path: Path) -> None:
    file = tmp_path / "damaged"
    file.write_text(content)
    with pytest.raises(UserError) as error:
        load(file)
    assert str(file) in error.value.message
    assert "record" in error.value.message


def test_of_a_log_only_what_tells_something_is_kept_and_each_container_has_its_own(tmp_path: Path) -> None:
    case = healthy()
    logs = {(("container", name),): PodLog(ObjectMeta("web-a", "shop"), name, text=f"password hunter2\ninvalid port tcp://10.96.0.{place}:80")
            for place, name in enumerate(("web", "proxy"))}
    snapshot = Snapshot({Query(PodLog, "shop", "web-a", fields=fields): (log,) for fields, log in logs.items()})
    save(str(tmp_path / "file"), snapshot, case.source(), "shop")
    answers = load(tmp_path / "file").ask(snapshot.answers)
    assert [answer[0].text for answer in answers.values()] == ["invalid port tcp://10.96.0.0:80", "invalid port tcp://10.96.0.1:80"]
