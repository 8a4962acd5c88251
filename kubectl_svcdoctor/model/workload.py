"""Pods and what creates them (core/v1, apps/v1), reduced to what decides whether a Service reaches them."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.meta import Condition, KubernetesObject, Moment, Resource, TracedMeta, Value, condition, is_true
from kubectl_svcdoctor.model.placing import Affinity, Toleration

# The annotation of a Pod that names the container which kubectl enters unless told otherwise.
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


class ContainerPort(Value, frozen=True):
    container_port: int = 0
    name: str = ""
    protocol: str = "TCP"
    host_port: int = 0
    host_ip: str = msgspec.field(default="", name="hostIP")


class HTTPGetAction(Value, frozen=True):
    port: int | str = 0
    path: str = "/"
    scheme: str = "HTTP"
    host: str = ""


class TCPSocketAction(Value, frozen=True):
    port: int | str = 0
    host: str = ""


class GRPCAction(Value, frozen=True):
    port: int = 0
    service: str = ""


class ExecAction(Value, frozen=True):
    command: tuple[str, ...] = ()


class Probe(Value, frozen=True):
    """A probe with the API's defaults; times in seconds."""

    http_get: HTTPGetAction | None = None
    tcp_socket: TCPSocketAction | None = None
    grpc: GRPCAction | None = None
    exec: ExecAction | None = None
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    success_threshold: int = 1
    failure_threshold: int = 3

    @property
    def port(self) -> int | str | None:
        """The port that the probe asks, by number or name; None for exec."""
        for action in (self.http_get, self.tcp_socket, self.grpc):
            if action is not None:
                return action.port
        return None


class EnvVar(Value, frozen=True):
    """A variable's name and literal value; values that come from Secrets or ConfigMaps are never read."""

    name: str = ""
    value: str = ""


class ResourceRequirements(Value, frozen=True):
    """Limits by resource name, as quantities (`512Mi`, `1500m`)."""

    limits: dict[str, str | int | float] = msgspec.field(default_factory=dict)


class Container(Value, frozen=True):
    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    env: tuple[EnvVar, ...] = ()
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    resources: ResourceRequirements = msgspec.field(default_factory=ResourceRequirements)
    restart_policy: str = ""


class ReadinessGate(Value, frozen=True):
    condition_type: str = ""


class HostAlias(Value, frozen=True):
    ip: str = ""
    hostnames: tuple[str, ...] = ()


class DNSOption(Value, frozen=True):
    name: str = ""
    value: str | None = None


class DNSConfig(Value, frozen=True):
    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[DNSOption, ...] = ()


class ClaimSource(Value, frozen=True):
    claim_name: str = ""


class EphemeralSource(Value, frozen=True):
    """A generic ephemeral volume; its claim's template is of no interest."""


class Volume(Value, frozen=True):
    """A volume, as far as it waits for a PersistentVolumeClaim."""

    name: str = ""
    persistent_volume_claim: ClaimSource | None = None
    ephemeral: EphemeralSource | None = None


class PodSpec(Value, frozen=True):
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    node_name: str = ""
    hostname: str = ""
    subdomain: str = ""
    hostname_override: str | None = None
    set_hostname_as_fqdn: bool = msgspec.field(default=False, name="setHostnameAsFQDN")
    host_network: bool = False
    host_aliases: tuple[HostAlias, ...] = ()
    dns_policy: str = "ClusterFirst"
    dns_config: DNSConfig | None = None
    enable_service_links: bool | None = None
    readiness_gates: tuple[ReadinessGate, ...] = ()
    restart_policy: str = "Always"
    termination_grace_period_seconds: int = 30
    scheduling_gates: tuple[EnvVar, ...] = ()
    volumes: tuple[Volume, ...] = ()

    @property
    def serving_containers(self) -> tuple[Container, ...]:
        """Containers that run while the Pod serves: the main ones and native sidecars (KEP-753)."""
        sidecars = tuple(entry for entry in self.init_containers if entry.restart_policy == "Always")
        return self.containers + sidecars


class StateWaiting(Value, frozen=True):
    reason: str = ""
    message: str = ""


class StateRunning(Value, frozen=True):
    started_at: Moment | None = None


class StateTerminated(Value, frozen=True):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: Moment | None = None
    finished_at: Moment | None = None


class ContainerState(Value, frozen=True):
    waiting: StateWaiting | None = None
    running: StateRunning | None = None
    terminated: StateTerminated | None = None


class ContainerStatus(Value, frozen=True):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    image: str = ""
    state: ContainerState = msgspec.field(default_factory=ContainerState)
    last_state: ContainerState = msgspec.field(default_factory=ContainerState)

    @property
    def ended_before(self) -> bool:
        """Whether the run that ended last is told by `kubectl logs --previous`; that of a container which waits for its restart is the present one
        (validateContainerLogStatus in pkg/kubelet)."""
        return self.state.terminated is None and self.last_state.terminated is not None


class PodIP(Value, frozen=True):
    ip: str = ""


class PodStatus(Value, frozen=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    pod_ip: str = msgspec.field(default="", name="podIP")
    pod_ips: tuple[PodIP, ...] = msgspec.field(default=(), name="podIPs")
    host_ip: str = msgspec.field(default="", name="hostIP")
    start_time: Moment | None = None
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(KubernetesObject, frozen=True):
    resource: ClassVar[Resource] = Resource("", "v1", "pods", "Pod")
    spec: PodSpec = msgspec.field(default_factory=PodSpec)
    status: PodStatus = msgspec.field(default_factory=PodStatus)

    @property
    def ready(self) -> bool:
        return is_true(self.status.conditions, "Ready")

    @property
    def finished(self) -> bool:
        """Succeeded or Failed: no longer an endpoint, whatever its labels."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def terminating(self) -> bool:
        return self.metadata.deletion_timestamp is not None

    @property
    def addresses(self) -> tuple[str, ...]:
        """All IP addresses of the Pod; the first is its primary one."""
        return tuple(entry.ip for entry in self.status.pod_ips) or (self.status.pod_ip,) * bool(self.status.pod_ip)

    def condition(self, kind: str) -> Condition | None:
        return condition(self.status.conditions, kind)


class PodLog(KubernetesObject, frozen=True):
    """The end of one container's log, as far as it was asked for: `name` is the Pod's; `previous` "true" is the run before the last restart.

    It is read through the Pod's subresource `log`, which needs the right to get pods/log.
    """

    resource: ClassVar[Resource] = Resource("", "v1", "pods/log", "PodLog")
    container: str = ""
    previous: str = ""
    text: str = ""


class LabelSelector(Value, frozen=True):
    match_labels: dict[str, str] = msgspec.field(default_factory=dict)


class TemplateSpec(PodSpec, frozen=True):
    """What a template says besides, of the nodes that its Pods may run on; Pods come by the thousand, and it is not read of them."""

    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    affinity: Affinity | None = None
    tolerations: tuple[Toleration, ...] = ()


class PodTemplate(Value, frozen=True):
    metadata: TemplateMeta = msgspec.field(default_factory=lambda: TemplateMeta())
    spec: TemplateSpec = msgspec.field(default_factory=TemplateSpec)


class TemplateMeta(Value, frozen=True):
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


class Ordinals(Value, frozen=True):
    """The number of a StatefulSet's first Pod (KEP-3335)."""

    start: int = 0


class WorkloadSpec(Value, frozen=True):
    """What Deployment, ReplicaSet, StatefulSet and DaemonSet share, and the few fields of one kind alone."""

    replicas: int | None = None
    selector: LabelSelector = msgspec.field(default_factory=LabelSelector)
    template: PodTemplate = msgspec.field(default_factory=PodTemplate)
    paused: bool = False
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = 600
    service_name: str = ""
    pod_management_policy: str = "OrderedReady"
    ordinals: Ordinals = msgspec.field(default_factory=Ordinals)


class WorkloadStatus(Value, frozen=True):
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    updated_replicas: int = 0
    observed_generation: int = 0
    number_ready: int = 0
    desired_number_scheduled: int = 0
    current_revision: str = ""
    update_revision: str = ""
    conditions: tuple[Condition, ...] = ()


class Workload(KubernetesObject, frozen=True):
    """A Deployment, ReplicaSet, StatefulSet or DaemonSet."""

    metadata: TracedMeta = msgspec.field(default_factory=TracedMeta)
    spec: WorkloadSpec = msgspec.field(default_factory=WorkloadSpec)
    status: WorkloadStatus = msgspec.field(default_factory=WorkloadStatus)

    @property
    def wanted(self) -> int | None:
        """Replicas asked for (one by default); None for a DaemonSet, whose number follows from the nodes."""
        return 1 if self.spec.replicas is None else self.spec.replicas

    @property
    def template_labels(self) -> dict[str, str]:
        return self.spec.template.metadata.labels


class Deployment(Workload, frozen=True):
    resource: ClassVar[Resource] = Resource("apps", "v1", "deployments", "Deployment")


class ReplicaSet(Workload, frozen=True):
    resource: ClassVar[Resource] = Resource("apps", "v1", "replicasets", "ReplicaSet")


class StatefulSet(Workload, frozen=True):
    resource: ClassVar[Resource] = Resource("apps", "v1", "statefulsets", "StatefulSet")


class DaemonSet(Workload, frozen=True):
    resource: ClassVar[Resource] = Resource("apps", "v1", "daemonsets", "DaemonSet")

    @property
    def wanted(self) -> int | None:
        return None
