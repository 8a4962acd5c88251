"""Which reads of the API give which evidence, and when they are worth a request."""

from __future__ import annotations

from kubectl_svcdoctor.graph.addresses import within
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.graph.slices.foreign import foreign
from kubectl_svcdoctor.graph.slices.handmade import HandMade
from kubectl_svcdoctor.graph.slices.leftovers import Unmirrored
from kubectl_svcdoctor.graph.slices.slices import SliceDifference, SliceDrift
from kubectl_svcdoctor.model.cluster import Event, Lease, Namespace, Node
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, Endpoints, EndpointSlice
from kubectl_svcdoctor.model.evidence import (
    ControllerLease,
    DaemonSets,
    Deployments,
    NamedService,
    Namesakes,
    NamespacePods,
    NamespaceServices,
    NamespaceSlices,
    Nodes,
    OwnNamespace,
    SelectedPods,
    ServiceEndpoints,
    ServiceKey,
    ServiceSlices,
    StatefulSets,
    Warnings,
    Workloads,
)
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import DaemonSet, Deployment, Pod, StatefulSet, Workload

MIRRORED_AT_MOST = 1000


@asks(NamedService)
def named_service(key: ServiceKey) -> Query[Service]:
    return Query(Service, key.namespace, key.name)


@derives
def service(named: NamedService) -> Service | Irrelevant:
    return named[0] if named else Irrelevant("there is no such Service")


@asks(SelectedPods)
def selected_pods(service: Service) -> Query[Pod] | Irrelevant:
    if not service.selector:
        return Irrelevant("the Service has no selector")
    return Query(Pod, service.namespace, labels=labels(service.selector))


@asks(ServiceSlices)
def service_slices(key: ServiceKey) -> Query[EndpointSlice]:
    return Query(EndpointSlice, key.namespace, labels=((SERVICE_NAME, key.name),))


@asks(NamespaceSlices)
def namespace_slices(service: Service, slices: ServiceSlices) -> Query[EndpointSlice] | Irrelevant:
    if slices or service.external or service.selector:
        return Irrelevant("the Service has its slices, or a controller that writes them")
    return Query(EndpointSlice, service.namespace)


@asks(ServiceEndpoints)
def service_endpoints(service: Service, slices: ServiceSlices) -> Query[Endpoints] | Irrelevant:
    endpoints = sum(len(part.endpoints or ()) for part in slices)
    if service.external or (service.selector and endpoints <= MIRRORED_AT_MOST):
        return Irrelevant("Endpoints matter where they are hand-made or too small for the Service")
    return Query(Endpoints, service.namespace, service.name)


@asks(NamespacePods)
def namespace_pods(service: Service, pods: SelectedPods) -> Query[Pod] | Irrelevant:
    if any(not pod.finished for pod in pods):
        return Irrelevant("the selector matches living Pods")
    return Query(Pod, service.namespace)


def _troubled(service: Service, pods: tuple[Pod, ...]) -> bool:
    """Whether Pods are missing, not ready or going, so that it matters what creates them."""
    return not pods or not all(pod.ready and not pod.terminating for pod in pods)


@asks(Deployments)
def deployments(service: Service, pods: SelectedPods) -> Query[Deployment] | Irrelevant:
    if not _troubled(service, pods):
        return Irrelevant("all selected Pods are ready")
    return Query(Deployment, service.namespace)


@asks(StatefulSets)
def stateful_sets(service: Service, pods: SelectedPods) -> Query[StatefulSet] | Irrelevant:
    if not _troubled(service, pods):
        return Irrelevant("all selected Pods are ready")
    return Query(StatefulSet, service.namespace)


@asks(DaemonSets)
def daemon_sets(service: Service, pods: SelectedPods) -> Query[DaemonSet] | Irrelevant:
    if not _troubled(service, pods):
        return Irrelevant("all selected Pods are ready")
    return Query(DaemonSet, service.namespace)


@derives
def workloads(deployments: Deployments, stateful_sets: StatefulSets, daemon_sets: DaemonSets) -> Workloads:
    together: tuple[Workload, ...] = (*deployments, *stateful_sets, *daemon_sets)
    return Workloads(together)


@asks(Warnings)
def warnings(service: Service, pods: SelectedPods) -> Query[Event] | Irrelevant:
    if not _troubled(service, pods):
        return Irrelevant("all selected Pods are ready")
    return Query(Event, service.namespace, fields=(("type", "Warning"),))


@asks(Nodes)
def nodes(
    service: Service, slices: ServiceSlices, pods: SelectedPods | None = None,
    difference: SliceDifference | None = None, by_hand: HandMade | None = None,
) -> Query[Node] | Irrelevant:
    spec = service.spec
    outside = spec.type in ("NodePort", "LoadBalancer") or "Local" in (spec.internal_traffic_policy, spec.external_traffic_policy)
    hinted = any(endpoint.hints for part in slices for endpoint in part.endpoints or ())
    strange = bool(by_hand is not None and pods is not None and foreign(by_hand, pods))
    unready = pods is not None and not all(pod.ready or pod.finished for pod in pods)
    if service.external or not (outside or hinted or strange or unready or difference or spec.external_ips or _close(service, pods)):
        return Irrelevant("nothing about the Service depends on a node")
    return Query(Node)


def _close(service: Service, pods: SelectedPods | None) -> bool:
    """Whether a cluster IP is so near to Pods or their nodes that networks may overlap: in the same /16, or /64 of IPv6."""
    used = {canonical(address) for pod in pods or () for address in (*pod.addresses, pod.status.host_ip)}
    near = [f"{address}/{64 if ':' in address else 16}" for address in map(canonical, service.spec.cluster_ips)]
    return any(within(other, network) for network in near for other in used)


@asks(OwnNamespace)
def own_namespace(service: Service) -> Query[Namespace] | Irrelevant:
    if service.metadata.deletion_timestamp is None:
        return Irrelevant("nothing is being deleted")
    return Query(Namespace, name=service.namespace)


@asks(ControllerLease)
def controller_lease(drift: SliceDrift | None = None, unmirrored: Unmirrored | None = None) -> Query[Lease] | Irrelevant:
    if not drift and not unmirrored:
        return Irrelevant("the slices are as the controllers would write them")
    return Query(Lease, "kube-system", "kube-controller-manager")


@asks(NamespaceServices)
def namespace_services(key: ServiceKey, named: NamedService) -> Query[Service] | Irrelevant:
    if named:
        return Irrelevant("the Service exists")
    return Query(Service, key.namespace)


@asks(Namesakes)
def namesakes(key: ServiceKey, named: NamedService) -> Query[Service] | Irrelevant:
    if named:
        return Irrelevant("the Service exists")
    return Query(Service, fields=(("metadata.name", key.name),))
