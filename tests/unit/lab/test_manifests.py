"""What is changed in manifests on their way to the API server."""

from __future__ import annotations

from tests.lab import manifests

_TEXT = """\
# Of a namespace and what it holds.
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
"""


def test_documents_without_content_are_left_out() -> None:
    assert [part.split("kind: ")[1].split()[0] for part in manifests.documents(_TEXT)] == ["Namespace", "Deployment"]


def test_secrets_stand_between_namespaces_and_pods() -> None:
    kinds = [part.strip().splitlines()[1] for part in manifests.documents(manifests.with_secrets(_TEXT, "apiVersion: v1\nkind: List"))]
    assert kinds == ["kind: Namespace", "kind: List", "kind: Deployment"]
