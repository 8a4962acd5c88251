"""A case that would not test what it seems to is refused when it is read; the catalogue knows of every cause and case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import KEYS, Case, cases
from tests.support.coverage import shortcomings
from tests.support.kept import ownerless
from tests.support.matching import difference
from tests.support.wellformed import checked, files

WELL: dict[str, Any] = {
    "name": "fine", "covers": ["sel-no-match-value"], "finds": [{"slug": "sel-no-match-value"}],
    "change": [{"kind": "Pod", "name": "*", "patch": None}], "add": [{"apiVersion": "v1", "kind": "Pod"}],
}


def test_a_good_case_is_taken() -> None:
    assert checked("f", [WELL, {**WELL, "name": "other"}], KEYS) == [WELL, {**WELL, "name": "other"}]


@pytest.mark.parametrize(("change", "sentence"), [
    ({"cover": []}, "'cover' is no key: did you mean covers?"),
    ({"covers": ["sel-no-mtach-value"]}, "f: fine: covers: 'sel-no-mtach-value' is no root cause: did you mean sel-no-match-value?"),
    ({"finds": [{"slug": "svc-mising"}]}, "f: fine: finds: 'svc-mising' is no check's slug: did you mean svc-missing?"),
    ({"finds": [{"summary": "something"}]}, r"'\?' is no check's slug"),
    ({"verdict": "sick"}, "'sick' is no verdict: use one of broken, degraded, healthy, unknown"),
    ({"change": [{"kind": "Pod", "name": "*", "patches": None}]}, "'patches' is no key: did you mean patch?"),
    ({"change": [{"kind": "Pod", "patch": None}]}, "a change needs kind, name and patch"),
    ({"add": [{"apiVersion": "v1", "kind": "Deployment"}]}, "'v1 Deployment' is no kind that is read: did you mean apps/v1 Deployment?"),
])
def test_a_case_that_tests_something_else_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        checked("f", [{**WELL, **change}], KEYS)


def test_two_cases_of_one_name_are_refused() -> None:
    with pytest.raises(AssertionError, match="f: fine: a case of this name stands in the file already: give the second one another name"):
        checked("f", [WELL, dict(WELL)], KEYS)


@pytest.mark.parametrize("key", ["name", "covers", "finds"])
def test_what_every_case_has_is_asked_for(key: str) -> None:
    with pytest.raises(AssertionError, match=f"add {key}, which every case has"):
        checked("f", [{name: value for name, value in WELL.items() if name != key}], KEYS)


@pytest.mark.parametrize(("place", "sentence"), [
    ("spec/odd.yml", r"spec/odd\.yml is not read: cases stand in <hop>/<slug>\.yaml"),
    ("odd.yaml", "is not read"),
    ("spec/deeper/odd.yaml", "is not read"),
    ("storage/odd.yaml", "'storage' is no hop: move it into the folder of one of external, spec"),
])
def test_a_file_that_nobody_would_read_is_refused(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).touch()
    with pytest.raises(AssertionError, match=sentence):
        list(files(tmp_path))


def test_an_expectation_of_nothing_that_a_finding_has_is_refused() -> None:
    from dataclasses import replace

    from kubectl_svcdoctor.doctor import Doctor

    case = next(case for case in cases() if case.finds)
    report = Doctor(case.source(), prober=case.prober()).examine(case.examined_as())
    wrong = replace(case, finds=({"slug": case.finds[0]["slug"], "sumary": "x"},))
    with pytest.raises(AssertionError, match=r"expects sumary of .*, which is nothing that a finding has: use one of slug"):
        difference(wrong, report)


def test_every_root_cause_has_a_case_or_a_reason() -> None:
    assert not list(shortcomings())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_owners_that_a_case_names_are_in_it(case: Case) -> None:
    """As a server has it. A case about an owner that is gone says so under `ownerless`."""
    strange = list(ownerless(case.objects()))
    if case.ownerless:
        assert strange, f"every owner is there: remove ownerless ({case.ownerless})"
    else:
        assert not strange, f"{'; '.join(strange)}: add the owner to the case, or say under ownerless why it is gone"


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_objects_have_what_a_server_gives_them(case: Case) -> None:
    objects = [item["metadata"] for item in case.objects() if item["kind"] != "PodLog"]
    uids = [metadata["uid"] for metadata in objects]
    twice = sorted({uid for uid in uids if uids.count(uid) > 1})
    assert not twice, f"several objects have uid {', '.join(twice)}: give each its own, or none, and it gets one"
    assert all(metadata["resourceVersion"] and metadata["managedFields"] and metadata["creationTimestamp"] for metadata in objects)


def test_a_missing_owner_and_another_of_its_name_are_told_apart() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "uid": "1", "ownerReferences": [{"kind": "Job", "name": "report", "uid": "2"}]}}
    job = {"kind": "Job", "metadata": {"name": "report", "namespace": "shop", "uid": "3"}}
    assert list(ownerless([pod])) == ["Pod a is owned by Job report, which is not there"]
    assert list(ownerless([pod, job])) == ["Pod a is owned by Job report of uid 2, and the one there has 3"]
    assert not list(ownerless([pod, {**job, "metadata": {**job["metadata"], "uid": "2"}}]))
