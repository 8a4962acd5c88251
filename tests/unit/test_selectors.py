"""Label selectors as kubectl takes them, and what a query admits."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model import selectors
from kubectl_svcdoctor.model.meta import ObjectMeta
from kubectl_svcdoctor.model.snapshot import Query, Snapshot
from kubectl_svcdoctor.model.workload import Pod

LABELS = {"app": "web", "tier": "front", "example.com/team": "shop"}


@pytest.mark.parametrize(("text", "admitted"), [
    ("", True), ("app=web", True), ("app==web", True), ("app = web", True), ("app=api", False), ("app!=api", True), ("app!=web", False),
    ("none!=x", True), ("app in (web, api)", True), ("app in (api)", False), ("app notin (api,db)", True), ("none notin (x)", True),
    ("app", True), ("none", False), ("!none", True), ("!app", False), ("app=web,tier=front", True), ("app=web,tier=back", False),
    ("example.com/team=shop,app in (web),!none", True),
])
def test_terms(text: str, admitted: bool) -> None:
    assert all(term.admits(LABELS) for term in selectors.parse(text)) is admitted


@pytest.mark.parametrize("text", ["app in", "app=web tier=front", "=web", "app in (a", ",", "app=web,,tier"])
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse"):
        selectors.parse(text)


def pod(name: str, namespace: str, **labels: str) -> Pod:
    return Pod(metadata=ObjectMeta(name=name, namespace=namespace, labels=labels))


def test_a_narrow_question_is_answered_out_of_a_broad_reading() -> None:
    web, api, far = pod("a", "shop", app="web"), pod("b", "shop", app="api"), pod("c", "far", app="web")
    snapshot = Snapshot().having({Query(Pod): (web, api, far)})  # type: ignore[dict-item]
    assert snapshot.answer(Query(Pod, "shop", labels=(("app", "web"),))) == (web,)  # type: ignore[arg-type]
    assert snapshot.answer(Query(Pod, "shop", "b")) == (api,)  # type: ignore[arg-type]
    assert snapshot.answer(Query(Pod, labels=(("app", "web"),))) == (web, far)  # type: ignore[arg-type]


def test_a_narrow_reading_answers_nothing_broader() -> None:
    snapshot = Snapshot().having({Query(Pod, "shop", labels=(("app", "web"),)): ()})  # type: ignore[dict-item]
    assert snapshot.answer(Query(Pod, "shop")) is None  # type: ignore[arg-type]
    assert snapshot.answer(Query(Pod, "shop", labels=(("app", "api"),))) is None  # type: ignore[arg-type]
    assert snapshot.answer(Query(Pod, "shop", labels=(("app", "web"), ("tier", "x")))) == ()  # type: ignore[arg-type]
