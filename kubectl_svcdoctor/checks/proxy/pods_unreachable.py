"""From a client's Pod the Pods behind the Service are not reached, although they are not known to be closed.

Why it breaks:
The Pods are ready, and as far as could be checked they accept connections through the API server; those of the client get no answer or are
refused. Something between the two stops them: a NetworkPolicy for the client's egress or for the Pods' ingress, a firewall between nodes, or the network
plugin's routes.

How to fix:
Look at the NetworkPolicies of both namespaces first. If they allow it, see on which nodes the Pods are that are reached: where only those on the client's own
node are, the way between the nodes is broken, and the network plugin's Pod on one of them does not run or has lost its routes.

Look yourself:
kubectl get networkpolicies -n NAMESPACE
kubectl get pods -A -o wide --field-selector spec.nodeName=NODE

Reference:
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Unreached
from kubectl_svcdoctor.graph.netpol import Allowed, Denied, KnownPod, Port, Undecided, Verdict, egress, ingress, selecting
from kubectl_svcdoctor.graph.netpol.further import Further
from kubectl_svcdoctor.graph.netpol.judged import Calls
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.across import CutOff
from kubectl_svcdoctor.graph.proxy.nodes import AgentPods, Spread
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Pod

UNREAD = "whether a NetworkPolicy limits it is not known"
ALLOWED = "the NetworkPolicies that limit the client or the Pods allow these connections"


@symptom("NET102", "pods-unreachable-from-pod")
def pods_unreachable(
    service: Service, reach: Reach, spread: Spread, judged: Calls | None = None, silent: Unreached | None = None, agents: AgentPods | None = None,
    further: Further | None = None, cut: CutOff | None = None,
) -> Iterator[Problem]:
    for tried in reach:
        if not tried.shut or (cut and cut.explains(tried)):
            continue
        pod, number, _ = tried.shut[0]
        verb = "is" if len(tried.shut) == 1 else "are"
        some = f"{len(tried.shut)} of {len(tried.pods)} Pods that were tried {verb}" if len(tried.pods) > 1 else f"Pod {pod.name} is"
        limits = _limits(judged, KnownPod(pod), Port(number)) if judged else (UNREAD,)
        innocent = _innocent(judged, tried)
        beside = [f"Pod {agent.namespace}/{agent.name} on node {agent.spec.node_name} is not ready" for agent in (agents.failing if agents else ())]
        beside += [f"the cluster's DNS at {silent.address} does not answer there either"] if silent else []
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.ERROR, partial=True,
            summary=f"from Pod {tried.vantage.pod} on node {tried.vantage.node} {some} not reached on port {number}",
            evidence=(*_pods(tried), *([spread.says] if len(tried.pods) > 1 else []), *_service(tried), *limits, *([ALLOWED] if innocent else []), *beside,
                      *([f"not evaluated, and may deny them: {further.words}"] if further else [])),
            explains=("dns-address-silent", "dns-udp-conntrack-5s"),
            fix=_evaluating(further) if further else _fix(
                dict.fromkeys((tried.vantage.namespace, pod.namespace)) if limits else (), spread.suspects[:2], pod, innocent),
        )


def _evaluating(further: Further) -> Fix:
    return Fix("look at the policies that were not evaluated first", (further.look,))


def _pods(tried: Tried) -> Iterator[str]:
    for pod, number, reply in tried.pods:
        yield f"Pod {pod.name} on node {pod.spec.node_name}: {reply.words or 'accepts connections'} at {at(pod.status.pod_ip, number)}"


def _fix(namespaces: Iterable[str], suspects: Sequence[str], pod: Pod, innocent: bool) -> Fix:
    """Policies come first where they limit one of the two, or may; then the nodes, or the Pod where no node is to blame."""
    policies = [kubectl("get", "networkpolicies", "-o", "yaml", namespace=namespace) for namespace in namespaces]
    free = "NetworkPolicies allow it: " if innocent else "no NetworkPolicy limits it: "
    first = "look at the NetworkPolicies first; if they allow it, " if policies else free
    if not suspects:
        return Fix(f"{first}look at the Pod that is not reached, and at what it logs", (
            *policies, kubectl("get", pod, "-o", "wide", namespace=pod.namespace), kubectl("logs", pod.ref, "--tail=50", namespace=pod.namespace)))
    return Fix(f"{first}look whether the network plugin's Pod on node {' and on node '.join(suspects)} runs, and at what it logs",
               (*policies, *map(pods_on, suspects)))


def _service(tried: Tried) -> tuple[str, ...]:
    if tried.service is None:
        return ()
    how = "accepts connections from there" if tried.service.open else f"{tried.service.words} from there too"
    return (f"the Service's address {tried.address}:{tried.port.port}: {how}",)


def _innocent(judged: Calls | None, tried: Tried) -> bool:
    """Whether policies limit one of the two, and allow all that failed."""
    failed = [call for call in judged.calls if call.port == tried.port and call.failed] if judged else []
    return bool(judged and failed and judged.limited and all(isinstance(call.verdict, Allowed) for call in failed))


def _limits(judged: Calls, pod: KnownPod, port: Port) -> tuple[str, ...]:
    """Policies that allow this connection have no part in it."""
    found, client = judged.policies, judged.client
    return (*_limited("egress", client, selecting(found, "Egress", client), egress(found, client, pod, port)),
            *_limited("ingress", pod, selecting(found, "Ingress", pod), ingress(found, client, pod, port)))


def _limited(way: str, whose: KnownPod, chosen: Sequence[NetworkPolicy] | Undecided, verdict: Verdict) -> Iterator[str]:
    if isinstance(chosen, Undecided):
        yield f"whether a NetworkPolicy limits the {way} of Pod {whose.pod.name} is not known"
    elif chosen and not isinstance(verdict, Allowed):
        told = "" if not isinstance(verdict, Denied) else ", which does not allow this" if len(chosen) == 1 else ", none of which allows this"
        yield f"the {way} of Pod {whose.pod.name} is limited by NetworkPolicy {names([policy.name for policy in chosen])}{told}"
