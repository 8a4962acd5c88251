"""The smallest RBAC, out of the checks' signatures: what is read decides what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from kubectl_svcdoctor.checks import Check
from kubectl_svcdoctor.collect.watching import WATCHED
from kubectl_svcdoctor.graph.provide import Need, providers
from kubectl_svcdoctor.model.access import EPHEMERAL, Access
from kubectl_svcdoctor.model.meta import KubernetesObject, Resource
from kubectl_svcdoctor.model.register import Exchange, exchanges
from kubectl_svcdoctor.model.snapshot import Query


def reads(needs: Iterable[Need]) -> frozenset[type[KubernetesObject]]:
    """Every kind that these needs rest on, through all providers; a provider says its kind by returning `Query[Kind]`."""
    return frozenset(get_args(option)[0] for returned in _returns(needs) for option in _options(returned) if get_origin(option) is Query)


def _returns(needs: Iterable[Need]) -> Iterator[Any]:
    """What all providers return on which these needs rest."""
    waiting = [need.kind for need in needs]
    seen: set[type] = set()
    while waiting:
        kind = waiting.pop()
        provider = providers().get(kind)
        if kind in seen or provider is None:
            continue
        seen.add(kind)
        waiting += [need.kind for need in provider.needs]
        yield provider.returns


def _options(annotation: Any) -> tuple[Any, ...]:
    return (annotation,) if get_origin(annotation) is Query else get_args(annotation)


def questions(needs: Iterable[Need]) -> frozenset[Exchange]:
    """Every kind of question on which these needs rest; a provider says what it asks by returning `tuple[Question, ...]`."""
    known = exchanges()
    return frozenset(known[kind] for returned in _returns(needs) for kind in _within(returned) if kind in known)


def accesses(needs: Iterable[Need]) -> frozenset[Access]:
    """Every right that those questions take."""
    return frozenset(access for kind in questions(needs) for access in kind.takes)


def _within(annotation: Any) -> Iterator[Any]:
    """A type and all that it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _within(part)


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


def optional_roles(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """ClusterRoles for what is done only when it is asked for or allowed, bound to nobody: `svcdoctor-probe` for what is asked by way of the API server,
    `svcdoctor-from` for --from, which runs a shell in a Pod and makes Pods of its own, `svcdoctor-watch` for --watch and --wait, which look every now
    and then without it."""
    asked = frozenset().union(*(questions(check.needs) for check in checks))
    through_api, inside = ({access for kind in asked if kind.place == place for access in kind.takes} for place in ("api-server", "pod"))
    rules = {"probe": _rules(through_api),
             "from": [*_rules({*inside, EPHEMERAL}), {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "get", "watch", "delete"]}],
             "watch": [{"apiGroups": [kind.resource.group], "resources": [kind.resource.plural], "verbs": ["watch"]} for kind in WATCHED]}
    return [{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": f"svcdoctor-{name}"}, "rules": listed}
            for name, listed in rules.items()]


def _rules(taken: Iterable[Access]) -> list[dict[str, Any]]:
    ordered = sorted(taken, key=lambda access: access.resource)
    return [{"apiGroups": [""], "resources": [access.resource], "verbs": list(access.verbs)} for access in ordered]
