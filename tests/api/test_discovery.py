"""Absent, empty and withheld on a real API server: a kind that is not served, that has no object, that may not be listed, and that has two versions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.decode import kinds
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.selector.reads import Rollouts
from kubectl_svcdoctor.model.discovery import APIGroup, group_of
from kubectl_svcdoctor.model.meta import Resource
from kubectl_svcdoctor.model.rollouts import Rollout
from kubectl_svcdoctor.model.snapshot import Absent, Query, Snapshot, Unknown
from tests.lab.controlplane import ControlPlane
from tests.support.apiserver import REST
from tests.unit.test_discovery import told

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NAME = "rollouts.argoproj.io"
QUERY: Query[Rollout] = Query(Rollout, "default")
WITHIN = 20.0


@pytest.fixture
def rest(control_plane: ControlPlane) -> Iterator[REST]:
    """A server that has no Rollouts, before and after."""
    rest = REST(control_plane.admin_kubeconfig)
    removed(rest)
    yield rest
    removed(rest)


def removed(rest: REST) -> None:
    rest.send("DELETE", f"{CRDS}/{NAME}")
    settled(rest, lambda versions: not versions)


def defined(rest: REST, *versions: str) -> None:
    """Rollouts in these versions; the first is stored."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    rest.done("POST", CRDS, {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": NAME},
        "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": {"plural": "rollouts", "singular": "rollout", "kind": "Rollout"},
                 "versions": [{"name": name, "served": True, "storage": name == versions[0], "schema": schema} for name in versions]},
    })
    settled(rest, lambda found: set(found) == set(versions) and all(found.values()))


def settled(rest: REST, wanted: Any) -> None:
    """Wait until discovery and the paths themselves say so."""
    deadline = time.monotonic() + WITHIN
    while True:
        _, group = rest.send("GET", "/apis/argoproj.io")
        versions = [entry["version"] for entry in group.get("versions", ())]
        found = {name: rest.send("GET", f"/apis/argoproj.io/{name}/rollouts")[0] == 200 for name in versions}
        if wanted(found) and {version for version in ("v1", "v1alpha1") if rest.send("GET", f"/apis/argoproj.io/{version}/rollouts")[0] == 200} == set(found):
            return
        assert time.monotonic() < deadline, f"after {WITHIN} s {found} are served"
        time.sleep(0.1)


def source(kubeconfig: Path) -> APIServer:
    return APIServer(connect(ConnectionOptions(kubeconfig=str(kubeconfig)), {}))


def asked(server: APIServer) -> tuple[object, Sequence[str]]:
    """What becomes of the need for Rollouts, and the paths that were read for it."""
    snapshot = Snapshot()
    while True:
        evidence = Evidence({}, snapshot)
        value = evidence._ask(Rollouts, QUERY, Rollouts)
        questions = getattr(value, "questions", None)
        if not questions:
            return value, [query.path for query in snapshot.answers if query.kind is Rollout]
        snapshot = snapshot.having(server.ask(questions))


def test_a_kind_that_is_not_served_costs_no_read_of_it(control_plane: ControlPlane, rest: REST) -> None:
    value, read = asked(source(control_plane.admin_kubeconfig))
    assert isinstance(value, Absent) and read == []
    assert told(value) == "absent"


def test_a_kind_that_is_served_and_has_no_object_is_empty(control_plane: ControlPlane, rest: REST) -> None:
    defined(rest, "v1alpha1")
    assert asked(source(control_plane.admin_kubeconfig)) == (Rollouts(), ["/apis/argoproj.io/v1alpha1/namespaces/default/rollouts"])


def test_who_may_not_list_it_knows_that_it_is_there_and_no_more(control_plane: ControlPlane, rest: REST) -> None:
    value, _ = asked(source(control_plane.account("without-rollouts")))
    assert isinstance(value, Absent), "what is not served takes no right"
    defined(rest, "v1alpha1")
    value, _ = asked(source(control_plane.account("without-rollouts")))
    assert isinstance(value, Unknown) and value.why == "forbidden"
    assert "rollouts.argoproj.io" in value.unlock


def test_of_two_versions_the_best_is_read_and_the_other_where_it_is_the_only_one(
    control_plane: ControlPlane, rest: REST, monkeypatch: pytest.MonkeyPatch,
) -> None:
    defined(rest, "v1alpha1", "v1")
    rest.done("POST", "/apis/argoproj.io/v1/namespaces/default/rollouts", {"apiVersion": "argoproj.io/v1", "kind": "Rollout", "metadata": {"name": "web"}})
    monkeypatch.setattr(Rollout, "resource", Resource("argoproj.io", "v1", "rollouts", "Rollout", older=("v1alpha1",)))
    value, read = asked(source(control_plane.admin_kubeconfig))
    assert isinstance(value, Rollouts) and read == ["/apis/argoproj.io/v1/namespaces/default/rollouts"]
    assert [item.ref.api_version for item in value] == ["argoproj.io/v1"]
    monkeypatch.setattr(Rollout, "resource", Resource("argoproj.io", "v2", "rollouts", "Rollout", older=("v1alpha1",)))
    value, read = asked(source(control_plane.admin_kubeconfig))
    assert isinstance(value, Rollouts) and read == ["/apis/argoproj.io/v1alpha1/namespaces/default/rollouts"]
    assert [item.ref.api_version for item in value] == ["argoproj.io/v1alpha1"]


def test_a_kind_that_goes_after_it_was_discovered_is_absent_all_the_same(control_plane: ControlPlane, rest: REST) -> None:
    server = source(control_plane.admin_kubeconfig)
    [answer] = server.ask([QUERY]).values()  # type: ignore[list-item]
    assert isinstance(answer, Absent)
    group: Any = group_of(Rollout)
    assert server.ask([group]) == {group: ()}


def test_every_kind_that_every_server_is_said_to_have_is_served_here(control_plane: ControlPlane) -> None:
    """The list in model/meta.py against a real server."""
    rest = REST(control_plane.admin_kubeconfig)
    for resource in {kind.resource for kind in kinds().values() if kind is not APIGroup and kind.resource.everywhere}:
        path = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
        assert resource.plural in {entry["name"] for entry in rest.done("GET", path)["resources"]}, resource
