"""Answers of an API server, and of whatever may stand before it: what is no answer to the question is malformed, never believed and never "not there"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import Response
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Absent, Query, Unknown
from kubectl_svcdoctor.model.subject import ServiceSubject
from kubectl_svcdoctor.model.workload import Deployment, Pod, PodLog

GROUPS = {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}]}


class Answers:
    """A connection to a server that answers every read alike, and tells its groups and its version."""

    context, warnings, requests = "test", (), 0

    def __init__(self, body: object, status: int = 200) -> None:
        self.body, self.status = body, status

    def get(self, path: str, params: object = None, **kwargs: object) -> Response:
        told = {"/apis": GROUPS, "/version": {"gitVersion": "v1.36.2"}}.get(path)
        if told is not None:
            return Response(200, json.dumps(told).encode())
        return Response(self.status, self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode())


def answer(query: Query[Any], body: object, status: int = 200) -> Any:
    return APIServer(Answers(body, status)).ask([query])[query]  # type: ignore[arg-type]


def web(**given: object) -> dict[str, object]:
    return {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}, **given}


def listed(*items: object, **given: object) -> dict[str, object]:
    return {"kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": list(items), **given}


ONE: Query[Service] = Query(Service, "shop", "web")
ALL: Query[Service] = Query(Service, "shop")
LABELLED: Query[Pod] = Query(Pod, "shop", labels=(("app", "web"),))
POD = {"kind": "PodList", "apiVersion": "v1", "metadata": {}}


def test_what_was_asked_for_is_believed() -> None:
    assert [item.name for item in answer(ONE, web())] == ["web"]
    assert [item.name for item in answer(ALL, listed(web(), web()))] == ["web", "web"]
    assert answer(ALL, listed()) == ()


@pytest.mark.parametrize(("query", "body"), [
    pytest.param(ONE, listed(web()), id="a list for a name"),
    pytest.param(ONE, {"kind": "List", "apiVersion": "v1", "items": [web()]}, id="a List for a name"),
    pytest.param(ONE, web(metadata={"name": "other", "namespace": "shop"}), id="another name"),
    pytest.param(ONE, web(metadata={"name": "web", "namespace": "other"}), id="another namespace"),
    pytest.param(ONE, web(kind="Pod"), id="another kind"),
    pytest.param(ONE, web(apiVersion="v2"), id="another version"),
    pytest.param(ONE, {}, id="nothing"),
    pytest.param(ONE, {"metadata": {"name": "web", "namespace": "shop"}}, id="no kind"),
    pytest.param(ONE, {"kind": "Status", "apiVersion": "v1", "status": "Success"}, id="a Status"),
    pytest.param(ALL, web(), id="an object for a list"),
    pytest.param(ALL, {"kind": "List", "apiVersion": "v1", "items": []}, id="a List for Services"),
    pytest.param(ALL, {**POD, "items": []}, id="Pods for Services"),
    pytest.param(ALL, listed(items=None), id="items: null"),
    pytest.param(ALL, {"kind": "ServiceList", "apiVersion": "v1", "metadata": {}}, id="no items"),
    pytest.param(ALL, listed(web(metadata={"name": "web", "namespace": "other"})), id="an item of another namespace"),
    pytest.param(ALL, listed(web(metadata={"namespace": "shop"})), id="an item without a name"),
    pytest.param(LABELLED, {**POD, "items": [{"metadata": {"name": "a", "namespace": "shop", "labels": {"app": "db"}}}]}, id="an item with other labels"),
    pytest.param(ALL, [], id="an array"),
    pytest.param(ALL, b"<html>log in</html>", id="a page"),
    pytest.param(ALL, b'{"kind": "\xff"}', id="no UTF-8"),
    pytest.param(ALL, b"", id="an empty body"),
])
def test_an_answer_to_another_question_is_malformed(query: Query[Any], body: object) -> None:
    told = answer(query, body)
    assert isinstance(told, Unknown) and told.why == "malformed", told
    assert told.detail


def test_a_service_that_is_answered_by_a_list_is_not_called_healthy() -> None:
    report = Doctor(APIServer(Answers({"kind": "List", "apiVersion": "v1", "items": []}))).examine(ServiceSubject("shop", "web"))  # type: ignore[arg-type]
    assert report.verdict == "unknown" and not report.missing


def not_found(**details: str) -> dict[str, object]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "not found", "reason": "NotFound", "details": details, "code": 404}


LOG: Query[PodLog] = Query(PodLog, "shop", "web-a", fields=(("container", "web"),))
DEPLOYMENT: Query[Deployment] = Query(Deployment, "shop", "web")
SLICES: Query[EndpointSlice] = Query(EndpointSlice, "shop")


@pytest.mark.parametrize(("query", "body", "status"), [
    pytest.param(ONE, not_found(name="web", kind="services"), 404, id="no such Service"),
    pytest.param(DEPLOYMENT, not_found(name="web", group="apps", kind="deployments"), 404, id="no such Deployment"),
    pytest.param(LOG, not_found(name="web-a", kind="pods"), 404, id="no such Pod"),
    pytest.param(LOG, {**not_found(), "reason": "BadRequest", "code": 400}, 400, id="no such run"),
])
def test_a_status_of_the_api_server_tells_that_something_is_not_there(query: Query[Any], body: object, status: int) -> None:
    assert answer(query, body, status) == ()


@pytest.mark.parametrize("body", [pytest.param(not_found(), id="the resource is not in the group"), pytest.param(b"404 page not found\n", id="no such group")])
def test_a_kind_that_is_not_served_is_absent_and_no_empty_list(body: object) -> None:
    assert isinstance(answer(SLICES, body, 404), Absent)


@pytest.mark.parametrize(("query", "body", "status"), [
    pytest.param(ONE, b"404 page not found\n", 404, id="bare words"),
    pytest.param(ONE, b"<html><h1>Not Found</h1></html>", 404, id="a page"),
    pytest.param(ONE, {"message": "services \"web\" not found"}, 404, id="JSON, but no Status"),
    pytest.param(ONE, not_found(name="other", kind="services"), 404, id="about another name"),
    pytest.param(ONE, not_found(name="web", kind="pods"), 404, id="about another kind"),
    pytest.param(ONE, not_found(name="web", group="apps", kind="services"), 404, id="about another group"),
    pytest.param(ONE, not_found(), 404, id="about nothing, for a kind that every API server serves"),
    pytest.param(ONE, {**not_found(name="web", kind="services"), "reason": "Gone"}, 404, id="another reason"),
    pytest.param(DEPLOYMENT, b"404 page not found\n", 404, id="bare words, though the group is served"),
    pytest.param(LOG, b"bad request", 400, id="bare words for a log"),
    pytest.param(ONE, b"", 302, id="a redirect"),
])
def test_anybody_elses_404_is_no_absence(query: Query[Any], body: object, status: int) -> None:
    told = answer(query, body, status)
    assert isinstance(told, Unknown) and told.withheld, told


@pytest.mark.parametrize("body", [b"[]", b"\xff", b"null", b'{"gitVersion": 1}'])
def test_a_version_that_is_none_is_left_out(body: bytes) -> None:
    connection = Answers(b"")
    connection.get = lambda path, params=None, **kwargs: Response(200, body)  # type: ignore[method-assign]
    assert APIServer(connection).cluster().server_version == ""  # type: ignore[arg-type]
