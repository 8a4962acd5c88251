"""The smallest RBAC, out of the checks' signatures: what is read decides what is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from kubectl_svcdoctor.checks import Check
from kubectl_svcdoctor.graph.provide import Need, providers
from kubectl_svcdoctor.model.meta import KubernetesObject, Resource
from kubectl_svcdoctor.model.snapshot import Query


def reads(needs: Iterable[Need]) -> frozenset[type[KubernetesObject]]:
    """Every kind that these needs rest on, through all providers; a provider says its kind by returning `Query[Kind]`."""
    found: set[type[KubernetesObject]] = set()
    waiting = [need.kind for need in needs]
    seen: set[type] = set()
    while waiting:
        kind = waiting.pop()
        provider = providers().get(kind)
        if kind in seen or provider is None:
            continue
        seen.add(kind)
        waiting += [need.kind for need in provider.needs]
        found |= {get_args(option)[0] for option in _options(provider.returns) if get_origin(option) is Query}
    return frozenset(found)


def _options(annotation: Any) -> tuple[Any, ...]:
    return (annotation,) if get_origin(annotation) is Query else get_args(annotation)


def resources(checks: Iterable[Check]) -> tuple[Resource, ...]:
    """All resources that the checks read, in a stable order."""
    kinds = frozenset().union(*(reads(check.needs) for check in checks))
    return tuple(sorted((kind.resource for kind in kinds), key=lambda resource: (resource.group, resource.plural)))


def cluster_role(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """A ClusterRole that lets a person examine every Service, as manifests. Binding it in one namespace only is enough for
    the Services there, but for what stands outside it: Nodes and the controllers' lease."""
    by_verbs: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for resource in resources(checks):
        verbs = ("get",) if "/" in resource.plural else ("get", "list")  # a subresource has no list
        by_verbs.setdefault((resource.group, verbs), []).append(resource.plural)
    rules = [{"apiGroups": [group], "resources": plurals, "verbs": list(verbs)} for (group, verbs), plurals in by_verbs.items()]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "svcdoctor"}, "rules": rules}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "svcdoctor"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "svcdoctor"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "svcdoctor"}],
    }
    return [role, binding]
