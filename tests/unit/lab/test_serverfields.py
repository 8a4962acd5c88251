"""What is left out of a manifest, and the order in which manifests are written."""

from __future__ import annotations

from typing import Any

from tests.lab.serverfields import HOLD, called, grace_seconds, renamed, wanted, waves

Manifest = dict[str, Any]


def pod(**metadata: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", **metadata}}


def test_what_only_the_server_sets_is_left_out() -> None:
    given = pod(
        uid="u", resourceVersion="1", creationTimestamp="t", generation=2, managedFields=[], labels={"app": "web"}
    )
    given["status"] = {"phase": "Running"}
    left = {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}}
    assert wanted(given, status_apart=True) == {"apiVersion": "v1", "kind": "Pod", "metadata": left}
    assert wanted(given, status_apart=False)["status"] == {"phase": "Running"}
    assert given["metadata"]["uid"] == "u"


def test_a_deleted_object_is_held_unless_something_else_holds_it() -> None:
    deleted = pod(deletionTimestamp="t")
    assert wanted(deleted, status_apart=True)["metadata"]["finalizers"] == [HOLD]
    deleted["spec"] = {"nodeName": "node1"}
    assert "finalizers" not in wanted(deleted, status_apart=True)["metadata"]
    deleted["status"] = {"phase": "Succeeded"}
    assert wanted(deleted, status_apart=True)["metadata"]["finalizers"] == [HOLD]
    own = pod(deletionTimestamp="t", finalizers=["example.com/own"])
    assert wanted(own, status_apart=True)["metadata"]["finalizers"] == ["example.com/own"]


def test_the_grace_period_is_the_manifests() -> None:
    assert grace_seconds(pod()) == 30
    assert grace_seconds(pod() | {"spec": {"terminationGracePeriodSeconds": 5}}) == 5
    assert grace_seconds(pod(deletionGracePeriodSeconds=0) | {"spec": {"terminationGracePeriodSeconds": 5}}) == 0


def test_every_mention_of_a_uid_is_renamed() -> None:
    given = {"metadata": {"ownerReferences": [{"uid": "old"}]}, "involvedObject": {"uid": "other"}, "count": 1}
    assert renamed(given, {"old": "new"}) == {
        "metadata": {"ownerReferences": [{"uid": "new"}]},
        "involvedObject": {"uid": "other"},
        "count": 1,
    }


def test_who_is_mentioned_is_written_first() -> None:
    given = [
        pod(ownerReferences=[{"uid": "set"}]),
        pod(uid="set", ownerReferences=[{"uid": "deployment"}]),
        pod(uid="deployment"),
        pod(),
    ]
    assert waves(given, lambda manifest: 2) == [[2, 3], [1], [0]]


def test_the_rank_comes_first() -> None:
    given = [pod(), {"kind": "Namespace", "metadata": {"name": "shop"}}]
    assert waves(given, lambda manifest: 0 if manifest["kind"] == "Namespace" else 2) == [[1], [0]]


def test_a_circle_of_mentions_ends() -> None:
    given = [pod(uid="a", annotations={"peer": "b"}), pod(uid="b", annotations={"peer": "a"})]
    assert sorted(at for wave in waves(given, lambda manifest: 2) for at in wave) == [0, 1]


def test_objects_are_named_as_people_do() -> None:
    assert called(pod()) == "Pod shop/web-1"
    assert called({"kind": "Node", "metadata": {"name": "node1"}}) == "Node node1"
