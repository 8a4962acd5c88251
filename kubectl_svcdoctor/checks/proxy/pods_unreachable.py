"""From a client's Pod the Pods behind the Service are not reached, although they are not known to be closed.

Why it breaks:
The Pods are ready, and as far as could be checked they accept connections through the API server; those of the client get no answer or are
refused. Something between the two stops them: a NetworkPolicy for the client's egress or for the Pods' ingress, a firewall between nodes, or the network
plugin's routes.

How to fix:
Look at the NetworkPolicies of both namespaces first. If none applies, try a client on the same node as the Pod: when that one gets through,
the way between the nodes is broken.

Look yourself:
kubectl get networkpolicies -n NAMESPACE
kubectl get pods -o wide

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.client import NamespacePolicies
from kubectl_svcdoctor.graph.dns.from_pod import Unreached
from kubectl_svcdoctor.graph.netpol import Allowed, Denied, KnownPod, Policies, Port, Undecided, Verdict, egress, ingress, selecting
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.evidence import VantagePod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.service import Service


@symptom("NET102", "pods-unreachable-from-pod")
def pods_unreachable(
    service: Service, reach: Reach, client: VantagePod, policies: NamespacePolicies | None = None, silent: Unreached | None = None,
) -> Iterator[Problem]:
    for tried in reach:
        if not tried.shut:
            continue
        pod, number, reply = tried.shut[0]
        some = f"{len(tried.shut)} of {len(tried.pods)} Pods that were tried are" if len(tried.pods) > 1 else f"Pod {pod.name} is"
        evidence = (
            f"Pod {pod.name} on node {pod.spec.node_name}: {reply.words} at {pod.status.pod_ip}:{number}", *_service(tried),
            *(_limits(KnownPod(client[0]), KnownPod(pod), Port(number), policies) if client and policies else ()),
            f"the cluster's DNS at {silent.address} does not answer there either" if silent else "",
        )
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.ERROR, partial=True,
            summary=f"from Pod {tried.vantage.pod} on node {tried.vantage.node} {some} not reached on port {number}",
            evidence=tuple(filter(None, evidence)), explains=("dns-address-silent", "dns-udp-conntrack-5s"),
            fix=Fix("look at the NetworkPolicies of both sides, then at the network between the nodes", (
                *(kubectl("get", "networkpolicies", "-o", "yaml", namespace=namespace)
                  for namespace in dict.fromkeys((tried.vantage.namespace, pod.namespace))),
                kubectl("get", pod, "-o", "wide", namespace=pod.namespace))),
        )


def _service(tried: Tried) -> tuple[str, ...]:
    if tried.service is None:
        return ()
    how = "accepts connections from there" if tried.service.open else f"{tried.service.words} from there too"
    return (f"the Service's address {tried.address}:{tried.port.port}: {how}",)


def _limits(client: KnownPod, pod: KnownPod, port: Port, policies: NamespacePolicies) -> tuple[str, ...]:
    """Policies that allow this connection have no part in it; those of another namespace than the client's were not read."""
    found = Policies.of(policies, read=[client.namespace])
    return (*_limited("egress", client, selecting(found, "Egress", client), egress(found, client, pod, port)),
            *_limited("ingress", pod, selecting(found, "Ingress", pod), ingress(found, client, pod, port)))


def _limited(way: str, whose: KnownPod, chosen: Sequence[NetworkPolicy] | Undecided, verdict: Verdict) -> Iterator[str]:
    if not isinstance(chosen, Undecided) and chosen and not isinstance(verdict, Allowed):
        told = "" if not isinstance(verdict, Denied) else ", which does not allow this" if len(chosen) == 1 else ", none of which allows this"
        yield f"the {way} of Pod {whose.pod.name} is limited by NetworkPolicy {names([policy.name for policy in chosen])}{told}"
