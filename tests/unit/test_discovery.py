"""What a server serves: absent, empty and withheld are three answers, each told from what an API server itself says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import Response
from kubectl_svcdoctor.collect.decode import groups
from kubectl_svcdoctor.collect.discovery import ACCEPT
from kubectl_svcdoctor.collect.recording import load, save
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.doctor import Doctor, together
from kubectl_svcdoctor.graph.evidence import Evidence, Unasked
from kubectl_svcdoctor.graph.provide import Need, needs
from kubectl_svcdoctor.graph.selector.reads import Rollouts
from kubectl_svcdoctor.model.discovery import APIGroup, ServedResource, ServedVersion, group_of, served
from kubectl_svcdoctor.model.meta import ObjectMeta, Resource
from kubectl_svcdoctor.model.rollouts import Rollout
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Absent, Irrelevant, Query, Snapshot, Unknown
from kubectl_svcdoctor.model.subject import ServiceSubject
from tests.support.cases import cases

GROUP = group_of(Rollout)
ROLLOUTS: Query[Rollout] = Query(Rollout, "shop")
PEERS = Resource("metallb.io", "v1beta2", "bgppeers", "BGPPeer", older=("v1beta1",))
AGGREGATED = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [
    {"metadata": {"name": "argoproj.io", "creationTimestamp": None}, "versions": [
        {"version": "v1alpha1", "freshness": "Current", "resources": [{"resource": "rollouts", "responseKind": {"kind": "Rollout"}, "verbs": ["list"]}]}]}]}
GROUPS = {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
    {"name": "argoproj.io", "versions": [{"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"}]}, {"name": "apps", "versions": [{"version": "v1"}]}]}
RESOURCES = {"kind": "APIResourceList", "groupVersion": "argoproj.io/v1alpha1", "resources": [{"name": "rollouts"}, {"name": "rollouts/status"}]}
FORBIDDEN = {"kind": "Status", "apiVersion": "v1", "reason": "Forbidden", "message": 'User "x" cannot get path "/apis"'}


class Server:
    """A connection on which each path has one answer, and which remembers what it was asked."""

    context, warnings, requests = "test", (), 0

    def __init__(self, **answers: tuple[int, object]) -> None:
        self.answers = {path.replace("_", "/"): answer for path, answer in answers.items()}
        self.asked: list[str] = []
        self.accepted: list[str | None] = []

    def get(self, path: str, params: object = None, accept: str | None = None) -> Response:
        self.asked.append(path)
        self.accepted.append(accept)
        status, body = self.answers.get(path, (404, b"404 page not found\n"))
        return Response(status, body if isinstance(body, bytes) else json.dumps(body).encode())

    def ask(self, *queries: Query[Any]) -> list[Any]:
        answers = APIServer(self).ask(queries)  # type: ignore[arg-type]
        return [answers[query] for query in queries]


def group(name: str, **versions: tuple[str, ...]) -> APIGroup:
    return APIGroup(ObjectMeta(name), tuple(ServedVersion(version, resources=tuple(map(ServedResource, names))) for version, names in versions.items()))


def test_all_groups_are_one_request_with_what_each_serves() -> None:
    server = Server(_apis=(200, AGGREGATED))
    other: Query[APIGroup] = Query(APIGroup, name="metallb.io")
    found, nothing = server.ask(GROUP, other)
    assert (found[0].name, nothing) == ("argoproj.io", ())
    assert served(Rollout.resource, found) == "v1alpha1"
    assert server.asked.count("/apis") == 1
    assert ACCEPT in server.accepted


def test_a_server_without_aggregated_discovery_is_asked_for_the_versions_of_these_groups_alone() -> None:
    server = Server(_apis=(200, GROUPS), _apis_argoproj_io=(404, b""), **{"_apis_argoproj.io_v1alpha1": (200, RESOURCES)})
    [found] = server.ask(GROUP)
    assert served(Rollout.resource, found) == "v1alpha1"
    assert sorted(server.asked) == ["/apis", "/apis/argoproj.io/v1alpha1", "/version"]


@pytest.mark.parametrize(("answer", "why"), [
    ((403, FORBIDDEN), "forbidden"), ((504, b"gateway"), "timeout"), ((503, b""), "unreachable"), ((404, b"x"), "malformed"), ((200, b"<html>"), "malformed"),
    ((200, {"kind": "List", "items": []}), "malformed"), ((200, {}), "malformed"), ((200, b"\xff"), "malformed"),
])
def test_discovery_that_is_withheld_is_no_absence(answer: tuple[int, object], why: str) -> None:
    [found] = Server(_apis=answer).ask(GROUP)
    assert isinstance(found, Unknown) and found.why == why and found.withheld and found.unlock


def test_what_is_not_told_of_one_version_is_not_told() -> None:
    [found] = Server(_apis=(200, GROUPS), **{"_apis_argoproj.io_v1alpha1": (403, FORBIDDEN)}).ask(GROUP)
    assert isinstance(found, Unknown) and found.why == "forbidden"


@pytest.mark.parametrize(("groups", "version"), [
    ((group("metallb.io", v1beta1=("bgppeers", "ipaddresspools"), v1beta2=("bgppeers",)),), "v1beta2"),
    ((group("metallb.io", v1beta1=("bgppeers",)),), "v1beta1"),
    ((group("metallb.io", v1beta1=("bgppeers",), v1beta2=("other",)),), "v1beta1"),
    ((group("metallb.io", v1beta3=("bgppeers",)),), None), ((group("metallb.io", v1beta2=("other",)),), None),
    ((group("other.io", v1beta2=("bgppeers",)),), None), ((), None),
])
def test_the_best_version_that_is_served_is_used(groups: tuple[APIGroup, ...], version: str | None) -> None:
    found = served(PEERS, groups)
    assert found == version if version else isinstance(found, Absent)


def test_an_api_server_behind_this_one_that_does_not_answer_leaves_it_open() -> None:
    found = served(PEERS, (APIGroup(ObjectMeta("metallb.io"), (ServedVersion("v1beta2", "Stale"),)),))
    assert isinstance(found, Unknown) and found.withheld


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if Rollouts had a better version than the one that is served."""
    monkeypatch.setattr(Rollout, "resource", Resource("argoproj.io", "v1", "rollouts", "Rollout", older=("v1alpha1",)))
    yield


def test_an_older_version_is_read_where_it_is_the_best(older: None) -> None:
    evidence = Evidence({}, Snapshot({GROUP: (group("argoproj.io", v1alpha1=("rollouts",)),)}))
    chosen = evidence._chosen(ROLLOUTS)
    assert isinstance(chosen, Query) and chosen.path == "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts"
    listed = {"kind": "RolloutList", "apiVersion": "argoproj.io/v1alpha1", "metadata": {},
              "items": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "namespace": "shop"}}]}
    [found] = Server(**{"_apis_argoproj.io_v1alpha1_namespaces_shop_rollouts": (200, listed)}).ask(chosen)
    assert [item.ref.api_version for item in found] == ["argoproj.io/v1alpha1"]


@pytest.mark.parametrize(("answers", "kind", "questions"), [
    ({}, Unasked, {GROUP}),
    ({GROUP: (group("argoproj.io", v1alpha1=("rollouts",)),)}, Unasked, {ROLLOUTS}),
    ({GROUP: ()}, Absent, set()),
    ({GROUP: Unknown("x", "forbidden")}, Unknown, set()),
    ({GROUP: (group("argoproj.io", v1alpha1=("rollouts",)),), ROLLOUTS: ()}, Rollouts, set()),
    ({GROUP: (group("argoproj.io", v1alpha1=("rollouts",)),), ROLLOUTS: Unknown("x", "forbidden")}, Unknown, set()),
    ({GROUP: (group("argoproj.io", v1alpha1=("rollouts",)),), ROLLOUTS: Absent("gone since")}, Absent, set()),
])
def test_absent_empty_and_withheld_are_three_values(answers: dict[Any, Any], kind: type, questions: set[object]) -> None:
    evidence = Evidence({}, Snapshot(answers))
    value = evidence._ask(Rollouts, ROLLOUTS, Rollouts)
    assert isinstance(value, kind)
    assert not isinstance(value, Unasked) or value.questions == questions


def told(found: Rollouts | Absent | None = None) -> str:
    return "absent" if isinstance(found, Absent) else "withheld" if found is None else "there"


def plain(found: Rollouts | None = None) -> str:
    return "without" if found is None else "there"


def required(found: Rollouts) -> str:
    return "there"


@pytest.mark.parametrize(("function", "value", "result"), [
    (told, Absent("x"), "absent"), (told, Unknown("x", "forbidden"), "withheld"), (told, Irrelevant("x"), "withheld"), (told, Rollouts(), "there"),
    (plain, Absent("x"), "without"), (plain, Rollouts(), "there"), (required, Rollouts(), "there"),
    (required, Absent("x"), Absent("x")), (required, Unknown("x", "forbidden"), Unknown("x", "forbidden")),
])
def test_who_asks_to_be_told_of_absence_is_told(function: Any, value: object, result: object) -> None:
    assert Evidence({Rollouts: value}, Snapshot()).call(function, needs(function)) == result


def test_the_signature_says_who_is_told() -> None:
    assert needs(told) == (Need("found", Rollouts, optional=True, absence=True),)
    assert needs(plain) == (Need("found", Rollouts, optional=True),)


def test_whoever_asks_for_one_group_asks_for_all() -> None:
    asked = together([GROUP], Snapshot())
    assert {query.kind for query in asked} == {APIGroup} and GROUP in asked
    assert together([GROUP], Snapshot(dict.fromkeys(groups(), ()))) == (GROUP,)
    assert together([Query(Service, "shop", "web")], Snapshot()) == (Query(Service, "shop", "web"),)


def test_a_healthy_service_asks_nothing_of_discovery() -> None:
    case = next(case for case in cases() if not case.finds and not case.change and not case.add)
    doctor = Doctor(case.source(), prober=case.prober())
    doctor.examine(ServiceSubject("shop", "web"))
    assert not [query for query in doctor.snapshot.answers if query.kind is APIGroup]


@pytest.mark.parametrize("answer", [(), Absent("x"), Unknown("rollouts", "forbidden", "may not", "ask")])
def test_a_recording_keeps_what_was_absent_empty_or_withheld(answer: Any, tmp_path: Any) -> None:
    source = cases()[0].source()
    found = (group("argoproj.io", v1alpha1=("rollouts",)),)
    save(str(tmp_path / "file"), Snapshot({GROUP: found, ROLLOUTS: answer}), source, "shop")
    replayed = load(tmp_path / "file").ask([GROUP, ROLLOUTS])
    assert replayed[GROUP] == found
    assert type(replayed[ROLLOUTS]) is type(answer)
    assert load(tmp_path / "file").ask([Query(APIGroup, name="metallb.io")]).popitem()[1].why == "not-asked"  # type: ignore[union-attr]
