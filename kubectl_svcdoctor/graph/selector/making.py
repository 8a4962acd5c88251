"""Workloads that would make Pods for a selector whose Pods all refuse connections: those that are there may be strangers."""

from __future__ import annotations

from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Deployment, StatefulSet, Workload


class Makers(tuple[Workload, ...]):
    """Deployments and StatefulSets that would make Pods for the selector; read where every Pod behind the Service refuses connections."""


class MakingDeployments(tuple[Deployment, ...]):
    """All Deployments of the namespace; read where every Pod behind the Service refuses connections."""


class MakingStatefulSets(tuple[StatefulSet, ...]):
    """All StatefulSets of the namespace, likewise."""


_SERVED = Irrelevant("a Pod behind the Service accepts connections, or was not tried")


@asks(MakingDeployments)
def making_deployments(service: Service, listeners: Listeners) -> Query[Deployment] | Irrelevant:
    return Query(Deployment, service.namespace) if _refused(listeners) else _SERVED


@asks(MakingStatefulSets)
def making_stateful_sets(service: Service, listeners: Listeners) -> Query[StatefulSet] | Irrelevant:
    return Query(StatefulSet, service.namespace) if _refused(listeners) else _SERVED


def _refused(listeners: Listeners) -> bool:
    return all(entry.address is False and entry.loopback is not True for entry in listeners)


@derives
def makers(service: Service, deployments: MakingDeployments, stateful_sets: MakingStatefulSets) -> Makers:
    """Those whose template has the selector's labels."""
    found: tuple[Workload, ...] = (*deployments, *stateful_sets)
    return Makers(entry for entry in found if entry.metadata.deletion_timestamp is None and service.selector.items() <= entry.template_labels.items())
