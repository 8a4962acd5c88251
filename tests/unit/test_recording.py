"""Recordings: what was read comes back, says the same, and holds no secrets; a damaged file is told in one sentence."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.collect.recording import load, save
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.evidence import Here, Vantage, Wanted
from kubectl_svcdoctor.model.meta import ObjectMeta
from kubectl_svcdoctor.model.questions import Dial
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown
from kubectl_svcdoctor.model.subject import ServiceSubject
from kubectl_svcdoctor.model.workload import Pod, PodLog
from kubectl_svcdoctor.probe.door import Replay
from kubectl_svcdoctor.render.document import report as plain
from tests.support.cases import Case, base, cases
from tests.support.replay import differences


def recorded(case: Case, folder: Path) -> tuple[dict[str, object], Recording]:
    """What was said of the case, and its recording."""
    source = case.source()
    doctor = Doctor(source, prober=case.prober(), vantages=case.vantages, ask_everything=case.everything)
    said = plain(doctor.examine(case.examined_as()))
    save(str(folder / "recording.yaml"), doctor.snapshot, source, case.namespace, case.vantages)
    return said, load(folder / "recording.yaml")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_a_replay_says_what_was_said(case: Case, tmp_path: Path) -> None:
    said, recording = recorded(case, tmp_path)
    vantages = tuple(entry for entry in recording.standpoints if isinstance(entry, (Vantage, Here)))
    again = plain(Doctor(recording, prober=Replay(recording.replies), vantages=vantages, ask_everything=case.everything).examine(case.examined_as()))
    told = list(differences(said, again))
    assert not told, "a check reads what the recording leaves out; see collect/kept: " + "; ".join(told)


def healthy() -> Case:
    return next(case for case in cases() if not case.finds and not case.change and not case.add)


def test_what_was_refused_stays_refused(tmp_path: Path) -> None:
    source = healthy().source()
    doctor = Doctor(source)
    doctor.examine(ServiceSubject("shop", "web"))
    query = next(query for query in doctor.snapshot.answers if query.kind.resource.plural == "pods")
    doctor.snapshot = doctor.snapshot.having({query: Unknown("pods", "forbidden", "may not", "ask")})
    save(str(tmp_path / "file"), doctor.snapshot, source, "shop")
    report = Doctor(load(tmp_path / "file")).examine(ServiceSubject("shop", "web"))
    assert report.verdict == "unknown"
    assert "forbidden" in {unknown.why for unknown in report.unknowns}


def test_another_subject_than_the_recorded_one_is_not_asked(tmp_path: Path) -> None:
    _, recording = recorded(healthy(), tmp_path)
    report = Doctor(recording).examine(ServiceSubject("shop", "other"))
    assert {unknown.why for unknown in report.unknowns} == {"not-asked"}


def test_a_recording_is_for_its_owner_alone(tmp_path: Path) -> None:
    file, before = tmp_path / "file", os.umask(0)
    file.write_text("something that others could read")
    file.chmod(0o666)
    reader = file.open()
    try:
        save(str(file), Snapshot(), healthy().source(), "shop")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"], "nothing else is left there"
    with reader:
        assert reader.read() == "something that others could read", "who had it open does not read the new one"


@pytest.mark.parametrize("makes", [lambda path: path.symlink_to("elsewhere"), lambda path: path.mkdir(), lambda path: os.mkfifo(path)])
def test_a_recording_is_written_nowhere_else(makes: Callable[[Path], None], tmp_path: Path) -> None:
    makes(tmp_path / "file")
    (tmp_path / "elsewhere").write_text("mine")
    with pytest.raises(UserError, match="is no regular file"):
        save(str(tmp_path / "file"), Snapshot(), healthy().source(), "shop")
    assert ((tmp_path / "elsewhere").read_text() == "mine" and not (tmp_path / "file").is_file()) or (tmp_path / "file").is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_recording_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give --record a path that can be written"):
        save(str(tmp_path / "nowhere" / "file"), Snapshot(), healthy().source(), "shop")


def narrow() -> Recording:
    """What an account with rights in one namespace has read: the list of all namespaces was refused."""
    everything, here, elsewhere = Query(Pod), Query(Pod, "shop"), Query(Pod, "other")
    pods = healthy().source().ask([here])[here]
    assert isinstance(pods, tuple) and pods
    refusal = {everything: Unknown("pods in all namespaces", "forbidden"), elsewhere: Unknown("pods in namespace other", "forbidden")}
    return Recording(pods, base()["clock"], reads=(here,), refused=refusal)


@pytest.mark.parametrize(("query", "known"), [
    (Query(Pod), False), (Query(Pod, "shop"), True), (Query(Pod, "shop", labels=(("app", "web"),)), True), (Query(Pod, "other"), False),
    (Query(Pod, "third"), False), (Query(Pod, "other", labels=(("app", "web"),)), False), (Query(Service, "shop"), False),
])
def test_a_refused_read_does_not_shadow_a_narrower_one_that_succeeded(query: Query[Any], known: bool) -> None:
    answer = narrow().ask([query])[query]
    assert isinstance(answer, tuple) is known
    if isinstance(answer, Unknown):
        assert answer.why == ("not-asked" if query.kind is Service else "forbidden")


def test_a_probe_that_could_not_be_made_is_replayed_as_such(tmp_path: Path) -> None:
    asked = Dial("shop", "web-a", "node1", 80, "port-forward")
    unknown = Unknown(asked.what, "not-tried", "pods \"web-a\" is forbidden", "ask")
    save(str(tmp_path / "file"), Snapshot({}, {asked: unknown}), healthy().source(), "shop")
    recording = load(tmp_path / "file")
    assert Replay(recording.replies).ask([asked]) == {asked: unknown}


def test_vantages_that_were_not_had_are_replayed_as_such(tmp_path: Path) -> None:
    given = (Vantage("shop", "api"), Here(), Wanted("shop", "cluster"), Unknown("what a Pod of its own sees", "forbidden", "pods is forbidden", "ask"))
    save(str(tmp_path / "file"), Snapshot(), healthy().source(), "shop", given)
    assert load(tmp_path / "file").standpoints == given


@pytest.mark.parametrize("content", ["", "[]", "kind: List", "a: [", "\x00", "{apiVersion: svcdoctor/v1, kind: Recording}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: 2026-01-01T00:00:00, reads: [], objects: []}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: 2026-01-01T00:00:00Z, reads: [1], objects: []}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: 2026-01-01T00:00:00Z, reads: [], objects: 1}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: x, reads: [], objects: []}",
                                     "{apiVersion: svcdoctor/v1, kind: Recording, takenAt: 2026-01-01T00:00:00Z, reads: [], objects: [1]}"])
def test_a_damaged_recording_is_one_sentence(content: str, tmp_path: Path) -> None:
    file = tmp_path / "damaged"
    file.write_text(content)
    with pytest.raises(UserError) as error:
        load(file)
    assert str(file) in error.value.message
    assert "record" in error.value.message


def test_each_container_has_its_own_log(tmp_path: Path) -> None:
    case = healthy()
    logs = {(("container", name),): PodLog(ObjectMeta("web-a", "shop"), name, text=f"password hunter2\ninvalid port tcp://10.96.0.{place}:80")
            for place, name in enumerate(("web", "proxy"))}
    snapshot = Snapshot({Query(PodLog, "shop", "web-a", fields=fields): (log,) for fields, log in logs.items()})
    save(str(tmp_path / "file"), snapshot, case.source(), "shop")
    answers = load(tmp_path / "file").ask(snapshot.answers)
    assert [answer[0].text for answer in answers.values()] == ["invalid port tcp://10.96.0.0:80", "invalid port tcp://10.96.0.1:80"]


@pytest.mark.parametrize("text", [chr(number) for number in (0x1b, 0x85, 0x9b, 0x200b, 0x202e, 0x2028, 0xfeff, 0xe0001)])
def test_control_characters_are_escaped_in_a_recording_and_come_back(text: str, tmp_path: Path) -> None:
    said = f"a{text}b"
    save(str(tmp_path / "file"), Snapshot().replying({Dial("shop", "web", "node1", 80, "pod-proxy"): Unknown("x", "unreachable", said, "y")}),
         healthy().source(), "shop")
    assert (tmp_path / "file").read_text().replace("\n", "").isprintable()
    assert [reply.detail for reply in load(tmp_path / "file").replies.values() if isinstance(reply, Unknown)] == [said]


def test_what_is_no_yaml_is_told_on_one_line_without_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Marked(yaml.YAMLError):
        def __str__(self) -> str:
            return "an error\n  on two lines"

    def refuse(*_: object) -> None:
        raise Marked

    (tmp_path / "file").write_text('a: "b\nc: d\n')
    monkeypatch.setattr(yaml, "load", refuse)
    with pytest.raises(UserError, match="neither YAML nor JSON: an error on two lines; give --replay"):
        load(tmp_path / "file")
