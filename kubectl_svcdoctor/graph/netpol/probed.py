"""Probes of kubelets that run into their time-outs, where policies isolate the Pod and do not name its node: most network plugins let the kubelet in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.netpol.decide import ingress, selecting
from kubectl_svcdoctor.graph.netpol.parties import KnownPod, Outside, Port
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Denied, Undecided
from kubectl_svcdoctor.graph.netpol.words import policies_text
from kubectl_svcdoctor.graph.pods.probe_answers import LATE
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import LivenessKill, ReadinessFails, StartupFails
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Container, Pod, Probe

Timed = ReadinessFails | LivenessKill | StartupFails


class ProbePolicies(tuple[NetworkPolicy, ...]):
    """The NetworkPolicies of the namespace; read only where a probe over the network runs into its time-out."""


@dataclass(frozen=True, slots=True)
class KeptFromProbing:
    """Pods whose policies admit their node by no rule, by uid, each with a sentence."""

    told: Mapping[str, str]

    def of(self, pod: Pod) -> str:
        return self.told.get(pod.metadata.uid, "")


def _probe(trouble: Timed) -> Probe | None:
    container = trouble.container
    probe = {ReadinessFails: container.readiness_probe, LivenessKill: container.liveness_probe, StartupFails: container.startup_probe}[type(trouble)]
    return probe if probe and probe.exec is None and LATE.search(trouble.message) else None


def _timed(readiness: Readiness) -> list[Timed]:
    return [trouble for trouble in readiness.troubles if isinstance(trouble, Timed) and _probe(trouble)]


@asks(ProbePolicies)
def probe_policies(service: Service, readiness: Readiness) -> Query[NetworkPolicy] | Irrelevant:
    return Query(NetworkPolicy, service.namespace) if _timed(readiness) else Irrelevant("no probe runs into its time-out")


@derives
def kept_from_probing(service: Service, readiness: Readiness, read: ProbePolicies) -> KeptFromProbing:
    policies = Policies.of(read, [service.namespace])
    told = {trouble.pod.metadata.uid: _told(policies, trouble.pod, trouble.container, _probe(trouble) or Probe()) for trouble in _timed(readiness)}
    return KeptFromProbing({uid: words for uid, words in told.items() if words})


def _told(policies: Policies, pod: Pod, container: Container, probe: Probe) -> str:
    port = next((entry.container_port for entry in container.ports if probe.port in (entry.name, entry.container_port)), probe.port)
    chosen = selecting(policies, "Ingress", KnownPod(pod))
    if not isinstance(port, int) or not pod.status.host_ip or isinstance(chosen, Undecided) or not chosen:
        return ""
    if not isinstance(ingress(policies, Outside((pod.status.host_ip,)), KnownPod(pod), Port(port)), Denied):
        return ""
    return (f"{policies_text(chosen)} isolate{'s' if len(chosen) == 1 else ''} the Pod and admit{'s' if len(chosen) == 1 else ''} its node's address "
            f"{pod.status.host_ip} on port {port} by no rule; most network plugins let the kubelet's probes in all the same")
