"""What a recording keeps, field by field. A string that stands in none of these tables is left out, and a test demands that each stands in one."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_svcdoctor.model import cluster, discovery, endpoints, evidence, meta, placing, policy, register, service, snapshot, storage, workload

Fields = dict[type, frozenset[str]]


def _listed(table: Mapping[type, str]) -> Fields:
    return {kind: frozenset(fields.split()) for kind, fields in table.items()}


# What was asked and answered by probes: names and addresses of the cluster. The register has it beside each question and each reply.
_OF_PROBES = register.kept()

# Kept as they stand: names, labels, kinds, addresses, ports' names and the enumerated words of the API. They identify what is talked about, `kubectl get`
# shows them to everybody who may list the object, and Kubernetes says of them that they are no place for secrets. Images and variables by their names.
NAMES = _listed({
    meta.ObjectMeta: "name namespace uid labels finalizers resource_version",
    meta.Brought: "api_version",
    discovery.ServedVersion: "version freshness",
    discovery.ServedResource: "resource",
    meta.OwnerReference: "kind name uid api_version",
    meta.ManagedField: "manager subresource",
    meta.Condition: "type status reason",
    endpoints.ObjectReference: "kind namespace name uid field_path",
    endpoints.EndpointSlice: "address_type",
    endpoints.Endpoint: "addresses hostname node_name zone",
    endpoints.EndpointPort: "name protocol app_protocol",
    endpoints.EndpointAddress: "ip hostname node_name",
    endpoints.ForZone: "name",
    cluster.NodeSpec: "pod_cidr pod_cidrs provider_id",
    cluster.Taint: "key value effect",
    cluster.NodeAddress: "type address",
    cluster.NamespaceStatus: "phase",
    cluster.Event: "type reason",
    cluster.LeaseSpec: "holder_identity",
    service.ServiceSpec: "type selector cluster_ip cluster_ips ip_families ip_family_policy external_name external_ips load_balancer_ip "
                         "load_balancer_class load_balancer_source_ranges external_traffic_policy internal_traffic_policy traffic_distribution "
                         "session_affinity",
    service.ServicePort: "name protocol target_port app_protocol",
    service.LoadBalancerIngress: "ip hostname ip_mode",
    workload.PodSpec: "node_name hostname subdomain hostname_override dns_policy restart_policy",
    workload.Container: "name image restart_policy",
    workload.ContainerPort: "name protocol host_ip",
    workload.EnvVar: "name",
    workload.HTTPGetAction: "port scheme host",
    workload.TCPSocketAction: "port host",
    workload.ResourceRequirements: "limits",
    workload.HostAlias: "ip hostnames",
    workload.DNSConfig: "nameservers searches",
    workload.DNSOption: "name value",
    workload.ReadinessGate: "condition_type",
    workload.Volume: "name",
    workload.ClaimSource: "claim_name",
    workload.PodStatus: "phase reason pod_ip host_ip",
    workload.PodIP: "ip",
    workload.ContainerStatus: "name image",
    workload.StateWaiting: "reason",
    workload.StateTerminated: "reason",
    workload.PodLog: "container previous",
    workload.LabelSelector: "match_labels",
    workload.TemplateMeta: "labels",
    workload.TemplateSpec: "node_selector",
    placing.Toleration: "key operator value effect",
    placing.NodeRequirement: "key operator values",
    workload.WorkloadSpec: "service_name pod_management_policy",
    workload.WorkloadStatus: "current_revision update_revision",
    policy.NetworkPolicySpec: "policy_types",
    policy.LabelSelector: "match_labels",
    policy.LabelSelectorRequirement: "key operator values",
    policy.PolicyPort: "protocol port",
    policy.IPBlock: "cidr except_",
    storage.ClaimSpec: "storage_class_name volume_name",
    storage.ClaimStatus: "phase",
    storage.StorageClass: "provisioner volume_binding_mode",
    # Our own words for what could not be seen.
    snapshot.Unknown: "what why unlock",
    evidence.Vantage: "namespace name typed",
    evidence.Wanted: "namespace typed node",
}) | {kind: entry.names for kind, entry in _OF_PROBES.items()}

# Sentences of the kubelet, the scheduler, the controllers and the API server. They quote what applications and probes write, so that of these only the words
# stay which Kubernetes itself uses, and names that stand in the recording anyway (words.py).
SENTENCES = _listed({
    meta.Condition: "message",
    cluster.Event: "message",
    workload.PodStatus: "message",
    workload.StateWaiting: "message",
    workload.StateTerminated: "message",
    workload.HTTPGetAction: "path",
    workload.GRPCAction: "service",
    snapshot.Unknown: "detail",
}) | {kind: entry.sentences for kind, entry in _OF_PROBES.items()}

# Of commands and variables the words of shells and of the programs that call others, the hosts that are called, and names that stand in the recording anyway.
COMMANDS = _listed({
    workload.Container: "command args",
    workload.EnvVar: "value",
    workload.ExecAction: "command",
})

# Keys stay, since a key tells who writes it; values stay of those alone that are read.
ANNOTATIONS = _listed({meta.ObjectMeta: "annotations", workload.TemplateMeta: "annotations"})
ANNOTATIONS_READ = frozenset({endpoints.TRIGGER_TIME, endpoints.OVER_CAPACITY, workload.DEFAULT_CONTAINER, *storage.DEFAULT_CLASS})
# The Corefile's directives, without comments, the few fields that are read of kube-proxy's and Cilium's settings, and no other key of a ConfigMap;
# of a log what is read out of it; of managed fields the names of fields.
COREFILE = _listed({cluster.ConfigMap: "data"})
LOG = _listed({workload.PodLog: "text"})
OWNERSHIP = _listed({meta.ManagedField: "fields"})
