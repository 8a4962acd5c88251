"""Policies of other kinds than NetworkPolicy, which may deny what these allow. They are not evaluated; where a connection fails that no NetworkPolicy
denies, they are named."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.judged import Barred
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.model.command import Command, kubectl
from kubectl_svcdoctor.model.further_policies import (
    AdminNetworkPolicy,
    BaselineAdminNetworkPolicy,
    CalicoGlobalNetworkPolicy,
    CalicoNetworkPolicy,
    CiliumClusterwideNetworkPolicy,
    CiliumNetworkPolicy,
)
from kubectl_svcdoctor.model.meta import Brought
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, Unknown


class OfCilium(tuple[CiliumNetworkPolicy, ...]):
    """Those of the Pods' namespace and of the client's."""


class OfCiliumClusterwide(tuple[CiliumClusterwideNetworkPolicy, ...]):
    """All of them."""


class OfCalico(tuple[CalicoNetworkPolicy, ...]):
    """Those of the Pods' namespace and of the client's."""


class OfCalicoGlobal(tuple[CalicoGlobalNetworkPolicy, ...]):
    """All of them."""


class OfAdmins(tuple[AdminNetworkPolicy, ...]):
    """All of them."""


class OfAdminsBaseline(tuple[BaselineAdminNetworkPolicy, ...]):
    """The one there may be."""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Connections of the client fail that no NetworkPolicy denies; `namespace` holds the policies over both ends, None where they are in two."""

    client: str
    namespace: str | None


@dataclass(frozen=True, slots=True)
class Further:
    """What was not evaluated: never empty."""

    client: str
    policies: tuple[Brought, ...]

    @property
    def words(self) -> str:
        """`CiliumNetworkPolicy a, GlobalNetworkPolicy b`."""
        return names([f"{entry.resource.kind} {entry.name}" for entry in self.policies])

    @property
    def look(self) -> Command:
        kinds = dict.fromkeys(entry.resource.qualified for entry in self.policies)
        return kubectl("get", ",".join(kinds), "-A", "-o", "yaml")


class UnevaluatedPolicies(tuple[Unknown, ...]):
    """The same, as a report lists it."""


@derives
def unexplained(reach: Reach, barred: Barred | None = None) -> Unexplained | Irrelevant:
    told = {bar.port.label for bar in barred or ()}
    shut = [(tried, pod) for tried in reach if tried.port.label not in told for pod, _, _ in tried.shut]
    if not shut:
        return Irrelevant("all connections came about, or NetworkPolicies explain why not")
    tried, pod = shut[0]
    return Unexplained(tried.vantage.pod, pod.namespace if pod.namespace == tried.vantage.namespace else None)


@asks(OfCilium)
def of_cilium(found: Unexplained) -> Query[CiliumNetworkPolicy]:
    return Query(CiliumNetworkPolicy, found.namespace)


@asks(OfCiliumClusterwide)
def of_cilium_clusterwide(found: Unexplained) -> Query[CiliumClusterwideNetworkPolicy]:
    return Query(CiliumClusterwideNetworkPolicy)


@asks(OfCalico)
def of_calico(found: Unexplained) -> Query[CalicoNetworkPolicy]:
    return Query(CalicoNetworkPolicy, found.namespace)


@asks(OfCalicoGlobal)
def of_calico_global(found: Unexplained) -> Query[CalicoGlobalNetworkPolicy]:
    return Query(CalicoGlobalNetworkPolicy)


@asks(OfAdmins)
def of_admins(found: Unexplained) -> Query[AdminNetworkPolicy]:
    return Query(AdminNetworkPolicy)


@asks(OfAdminsBaseline)
def of_admins_baseline(found: Unexplained) -> Query[BaselineAdminNetworkPolicy]:
    return Query(BaselineAdminNetworkPolicy)


@derives
def further(
    found: Unexplained, cilium: OfCilium | None = None, clusterwide: OfCiliumClusterwide | None = None, calico: OfCalico | None = None,
    everywhere: OfCalicoGlobal | None = None, admins: OfAdmins | None = None, baseline: OfAdminsBaseline | None = None,
) -> Further | Irrelevant:
    policies: tuple[Brought, ...] = (*(cilium or ()), *(clusterwide or ()), *(calico or ()), *(everywhere or ()), *(admins or ()), *(baseline or ()))
    return Further(found.client, policies) if policies else Irrelevant("there are no policies of other kinds", unseen=True)


@derives
def unevaluated_policies(found: Further) -> UnevaluatedPolicies:
    return UnevaluatedPolicies([Unknown(
        f"whether {found.words} let{'s' if len(found.policies) == 1 else ''} Pod {found.client} through", "not-tried",
        "policies of kinds other than NetworkPolicy are not evaluated", str(found.look))])
