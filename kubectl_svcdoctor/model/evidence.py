"""The types that checks may ask for. A parameter of one of these types is a need: it decides what is read and which rights that takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kubectl_svcdoctor.model.cluster import Event, Lease, Namespace, Node
from kubectl_svcdoctor.model.endpoints import Endpoints, EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import DaemonSet, Deployment, Pod, StatefulSet, Workload


@dataclass(frozen=True, slots=True)
class Now:
    """The API server's clock when it was read (the Date header of its answers)."""

    time: datetime

    def seconds_since(self, moment: datetime | None) -> float:
        """Age in seconds; 0.0 for a moment that nobody has written, so that it counts as fresh."""
        return (self.time - moment).total_seconds() if moment else 0.0


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """The Service at the end of a branch, whether it exists or not."""

    namespace: str
    name: str


class NamedStatefulSet(tuple[StatefulSet, ...]):
    """The StatefulSet that is the subject: one, or none."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """The Pod that --from names: who asks. `typed` is what --from was given where that is no Pod's name."""

    namespace: str
    name: str
    typed: str = ""

    @property
    def label(self) -> str:
        """As a report lists it."""
        return self.typed or f"pod/{self.name}"

    @property
    def created(self) -> bool:
        """Whether it was created for the examination, and is no client that anybody has in mind."""
        return bool(self.typed)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A Pod to ask from that is to be made: anywhere, or on the network of a node. `typed` is what --from was given."""

    namespace: str
    typed: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """The machine where this runs, as a vantage. `asked`: --from local names it, so that a machine without a way there is something that could not be
    checked, and not only something that nobody tried."""

    asked: bool = True

    @property
    def label(self) -> str:
        """As a report lists it."""
        return "local"


class VantagePod(tuple[Pod, ...]):
    """The Pod that --from names: one, or none."""


class NamedPod(tuple[Pod, ...]):
    """The Pod that is the subject: one, or none."""


class PodServices(tuple[Service, ...]):
    """All Services of the namespace; read where the subject is what Services should reach, or a name that may mean one of several."""


class NamedService(tuple[Service, ...]):
    """The Service that the subject is or leads to: one, or none."""


class SelectedPods(tuple[Pod, ...]):
    """All Pods in the Service's namespace that carry its selector's labels, in whatever state."""


class ServiceSlices(tuple[EndpointSlice, ...]):
    """The EndpointSlices that carry the Service's name as a label: all that kube-proxy looks at."""


class NamespaceSlices(tuple[EndpointSlice, ...]):
    """All EndpointSlices of the namespace; read only when the Service has none."""


class ServiceEndpoints(tuple[Endpoints, ...]):
    """The Endpoints object of the Service's name: one, or none; read only where it can matter."""


class NamespacePods(tuple[Pod, ...]):
    """All Pods of the namespace; read only when the selector matches no living Pod."""


class PodsElsewhere(tuple[Pod, ...]):
    """Pods of all namespaces with exactly the selector's labels; read only when nothing in the Service's own explains that none is there."""


class Deployments(tuple[Deployment, ...]):
    """All Deployments of the namespace; read only when Pods are missing or not ready."""


class StatefulSets(tuple[StatefulSet, ...]):
    """All StatefulSets of the namespace; read only when Pods are missing or not ready."""


class DaemonSets(tuple[DaemonSet, ...]):
    """All DaemonSets of the namespace; read only when Pods are missing or not ready."""


class Workloads(tuple[Workload, ...]):
    """Deployments, StatefulSets and DaemonSets of the namespace together."""


class Warnings(tuple[Event, ...]):
    """Events of type Warning in the namespace; match them to objects by uid."""


class Nodes(tuple[Node, ...]):
    """All Nodes."""


class ControllerLease(tuple[Lease, ...]):
    """The lease of kube-controller-manager, where it keeps one; read only when slices are not as they should be."""


class OwnNamespace(tuple[Namespace, ...]):
    """The Namespace of the Service; read only when something is being deleted."""


class NamespaceServices(tuple[Service, ...]):
    """All Services of the namespace; read only when the subject does not exist."""


class Namesakes(tuple[Service, ...]):
    """Services of the subject's name in all namespaces; read only when the subject does not exist in its own."""


class Namespaces(tuple[Namespace, ...]):
    """All Namespaces; read only where the Service does not exist and its namespace has no other."""


class SubjectNamespaces(tuple[Namespace, ...]):
    """All Namespaces; read only where the StatefulSet or Pod that is the subject does not exist, nor any StatefulSet or Service beside it."""
