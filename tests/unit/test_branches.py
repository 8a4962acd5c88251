"""A subject that several Services lead to: asked, judged and explained together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from kubectl_svcdoctor import many
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.evidence import Here
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.model.snapshot import Answer, Query, Unknown
from kubectl_svcdoctor.model.subject import PodSubject, ServiceSubject, Subject
from kubectl_svcdoctor.render.document import document
from kubectl_svcdoctor.render.lines import plain
from kubectl_svcdoctor.render.overview import overview
from kubectl_svcdoctor.render.text import text
from tests.support.cases import Case, cases
from tests.unit.test_cases import Counted

PORTS = {"ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]}


def behind(number: int, broken: Iterable[int] = ()) -> Case:
    """A Pod behind so many Services; those of the given numbers point at a port that no container has."""
    plain = next(case for case in cases() if not case.finds and not case.change and not case.add)
    web = next(item for item in plain.objects() if item["kind"] == "Service" and item["metadata"]["name"] == "web")
    more = []
    for place in range(1, number):
        spec = {**web["spec"], "clusterIP": f"10.96.77.{place}", "clusterIPs": [f"10.96.77.{place}"]}
        if place in broken:
            spec["ports"] = [{**port, "targetPort": "metrics-port"} for port in web["spec"]["ports"]]
        metadata = {**web["metadata"], "name": f"web-{place}", "uid": f"99999999-0000-4000-8000-0000000000{place:02}"}
        more.append({**web, "metadata": metadata, "spec": spec})
    return replace(plain, name=f"behind {number}", add=tuple(more))


class Rounds(Counted):
    """A source that counts how often it was asked, and a prober likewise."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.source())
        self.rounds, self.prober = 0, case.prober()

    def ask(self, queries: Iterable[Query[KubernetesObject]]) -> Mapping[Query[KubernetesObject], Answer]:
        self.rounds += 1
        return super().ask(queries)


class Probed:
    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        self.rounds.rounds += 1
        return self.rounds.prober.ask(questions)


def pod(case: Case) -> Subject:
    name = next(item["metadata"]["name"] for item in case.objects() if item["kind"] == "Pod" and item["metadata"]["name"].startswith("web-"))
    return PodSubject("shop", name, f"pod/{name}")


def examined(case: Case) -> tuple[Report, Rounds]:
    rounds = Rounds(case)
    return Doctor(rounds, prober=Probed(rounds)).examine(pod(case)), rounds


@pytest.mark.parametrize("number", [5, 10])
def test_ten_services_take_the_rounds_of_one_and_one_more(number: int) -> None:
    (one, alone), (many, together) = examined(behind(1)), examined(behind(number))
    assert (one.verdict, many.verdict) == ("healthy", "healthy")
    assert together.rounds <= alone.rounds + 1
    assert together.requests <= alone.requests + 1, [str(query.path) for query in together.asked]
    assert len([step for step in many.path if step.hop == "spec"]) == number


def test_where_the_list_of_a_namespace_is_withheld_each_is_read_by_itself() -> None:
    class Narrow(Rounds):
        def ask(self, queries: Iterable[Query[KubernetesObject]]) -> Mapping[Query[KubernetesObject], Answer]:
            asked = list(queries)
            refused = {query: Unknown("the EndpointSlices of namespace shop", "forbidden") for query in asked
                       if query.kind.resource.kind == "EndpointSlice" and query.namespace == "shop" and not query.labels}
            return {**super().ask(query for query in asked if query not in refused), **refused}

    rounds = Narrow(behind(5))
    report = Doctor(rounds, prober=Probed(rounds)).examine(pod(behind(5)))
    assert report.verdict == "healthy"
    assert sum(query.kind.resource.kind == "EndpointSlice" and query.namespace == "shop" for query in rounds.asked) == 5


def test_one_broken_of_ten_is_degraded_and_blocks_its_own_branch_alone() -> None:
    report, _ = examined(behind(10, broken=[3]))
    assert report.verdict == "degraded"
    assert [(cause.code, cause.branches) for cause in report.causes] == [("SVC301", frozenset({"shop/web-3"}))]
    statuses = {step.branch: {other.status for other in report.path if other.branch == step.branch} for step in report.path if step.branch}
    assert {branch for branch, found in statuses.items() if "broken" in found or "blocked" in found} == {"shop/web-3"}
    assert report.causes[0].fix
    assert report.causes[0].fix.verified


def test_a_subject_that_no_service_serves_is_broken() -> None:
    case = behind(3, broken=[1, 2])
    broken = replace(case, change=({"kind": "Service", "name": "web", "patch": {"spec": {"ports": [{**PORTS["ports"][0], "targetPort": "nothing"}]}}},))
    report, _ = examined(broken)
    assert report.verdict == "broken"
    assert {branch for cause in report.causes for branch in cause.branches or ()} == {"shop/web", "shop/web-1", "shop/web-2"}


def test_the_path_is_a_tree_in_json() -> None:
    report, _ = examined(behind(2, broken=[1]))
    printed = document(Result((report,), False))
    steps = {step["id"]: step for step in printed["path"]}
    assert len(steps) == len(printed["path"])
    (root,) = [step for step in steps.values() if step["parent"] is None]
    assert (root["hop"], root["branch"]) == ("subject", None)
    for step in steps.values():
        above = steps.get(step["parent"])
        assert above is None or above["branch"] in (None, step["branch"])
    assert {step["branch"] for step in steps.values()} == {None, "shop/web", "shop/web-1"}
    assert [(found["branch"], found["service"], found["node"]) for found in printed["findings"]] == [("shop/web-1", "shop/web-1", None)]


def test_the_text_indents_the_branches_and_marks_one_place() -> None:
    report, _ = examined(behind(3, broken=[2]))
    shown = plain(text(report, wide=True), None)
    assert shown.count("← breaks here") == 1
    assert "  ! Pod             3 Services lead to it\n    ✓ Service         web: ClusterIP" in shown
    below = shown.partition("web-2: ClusterIP")[2]
    assert "← breaks here" in below


def test_what_was_not_tried_of_a_branch_says_of_which_service_and_so_do_tables_of_one_title() -> None:
    case = behind(2)
    udp = {**case.add[0], "spec": {**case.add[0]["spec"], "ports": [{"name": "dns", "port": 53, "targetPort": 5353, "protocol": "UDP"}]}}
    open_here = {"kind": "Service", "name": "*", "namespace": "shop", "patch": {"spec": {"externalIPs": ["192.0.2.11"]}}}
    mixed = replace(case, add=(udp,), change=(open_here,))
    report = Doctor(mixed.source(), prober=mixed.prober(), vantages=(Here(),)).examine(pod(mixed))
    assert "whether anything answers on port 53/UDP (Service shop/web-1)" in [unknown.what for unknown in report.unknowns]
    titles = [table.title for table in report.tables]
    assert len(titles) == len(set(titles)) > 1
    assert "names below shop.svc.cluster.local, Service web-1" in titles


def test_among_many_subjects_what_was_not_tried_says_of_which_service() -> None:
    case = behind(2)
    udp = {**case.add[0], "spec": {**case.add[0]["spec"], "ports": [{"name": "dns", "port": 53, "targetPort": 5353, "protocol": "UDP"}]}}
    mixed = replace(case, add=(udp,))
    doctor = Doctor(mixed.source(), prober=mixed.prober())
    reports = many.examined(doctor, [ServiceSubject("shop", "web-1", ""), ServiceSubject("shop", "web", "")])
    shown = plain(overview(Result(tuple(reports), True)), None)
    assert "whether anything answers on port 53/UDP (Service shop/web-1)" in shown
