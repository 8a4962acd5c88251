"""Patches as RFC 7386 and RFC 6902 apply them, and fixes that are tried on the data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubectl_svcdoctor.graph.changes import last_change
from kubectl_svcdoctor.graph.fixes.patches import apply, merged
from kubectl_svcdoctor.model.finding import Patch, patch_command, patching
from kubectl_svcdoctor.model.meta import ManagedField, ObjectMeta, TracedMeta
from kubectl_svcdoctor.model.service import Service, ServicePort, ServiceSpec

WEB = Service(metadata=TracedMeta(name="web", namespace="shop"), spec=ServiceSpec(selector={"app": "wbe"}, ports=(ServicePort(80), ServicePort(443))))


# The examples of RFC 7386, appendix A, that are mappings.
@pytest.mark.parametrize(("target", "patch", "result"), [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
])
def test_merge_patch(target: object, patch: object, result: object) -> None:
    assert merged(target, patch) == result


@pytest.mark.parametrize(("operations", "ports"), [
    ([{"op": "replace", "path": "/spec/ports/0/port", "value": 8080}], [8080, 443]),
    ([{"op": "remove", "path": "/spec/ports/0"}], [443]),
    ([{"op": "add", "path": "/spec/ports/-", "value": {"port": 9}}], [80, 443, 9]),
    ([{"op": "add", "path": "/spec/ports/0", "value": {"port": 9}}], [9, 80, 443]),
    ([{"op": "test", "path": "/spec/ports/1/port", "value": 443}, {"op": "remove", "path": "/spec/ports/1"}], [80]),
    ([{"op": "remove", "path": "/spec/ports/1"}, {"op": "replace", "path": "/spec/ports/0", "value": {"port": 1}}], [1]),
])
def test_json_patch(operations: list[dict[str, object]], ports: list[int]) -> None:
    assert [port.port for port in apply(Patch(WEB.ref, "json", operations), WEB).spec.ports] == ports


def test_a_json_patch_reaches_keys_with_slashes() -> None:
    labelled = Service(metadata=TracedMeta(name="web", labels={"a/b": "c"}))
    changed = apply(Patch(labelled.ref, "json", [{"op": "replace", "path": "/metadata/labels/a~1b", "value": "d"}]), labelled)
    assert changed.labels == {"a/b": "d"}


def test_a_json_patch_to_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError):
        apply(Patch(WEB.ref, "json", [{"op": "replace", "path": "/spec/ports/7/port", "value": 1}]), WEB)


def test_a_json_patch_whose_test_fails_changes_nothing() -> None:
    stale = [{"op": "test", "path": "/spec/ports/1/port", "value": 80}, {"op": "remove", "path": "/spec/ports/1"}]
    with pytest.raises(LookupError, match="/spec/ports/1/port is not 80"):
        apply(Patch(WEB.ref, "json", stale), WEB)


def test_the_command_is_quoted_for_a_shell() -> None:
    fix = patching("it's", WEB, {"metadata": {"annotations": {"why": "it's"}}})
    assert fix.patch and fix.commands == (patch_command(fix.patch),)
    assert str(fix.commands[0]) == """kubectl -n shop patch service/web --type=merge -p '{"metadata":{"annotations":{"why":"it'"'"'s"}}}'"""


def test_last_change_names_the_newest_manager_of_the_nearest_field() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    managers = (
        ManagedField(manager="helm", time=late, fields={"f:spec": {"f:ports": {}}}),
        ManagedField(manager="kubectl-apply", time=early, fields={"f:spec": {"f:selector": {}}}),
        ManagedField(manager="kubectl-edit", time=late, fields={"f:spec": {"f:selector": {"f:app": {}}}}),
        ManagedField(manager="controller", time=late, subresource="status", fields={"f:spec": {"f:selector": {"f:app": {}}}}),
    )
    service = Service(metadata=TracedMeta(name="web", managed_fields=managers))
    told = last_change(service, ("spec", "selector", "app"))
    assert told and (told.field, told.manager, told.time) == ("spec.selector.app", "kubectl-edit", late)
    above = last_change(service, ("spec", "selector", "tier"))
    assert above and (above.field, above.manager) == ("spec.selector", "kubectl-edit")
    assert last_change(service, ("spec", "type")) is None
    assert last_change(Service(metadata=TracedMeta(name="web")), ("spec", "selector")) is None
    assert isinstance(service.metadata, ObjectMeta)
