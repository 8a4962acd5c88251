"""Whether a Pod's connections come through: to the Service's address, and past it to the Pods behind."""

from __future__ import annotations

from dataclasses import replace

from kubectl_svcdoctor.graph.netpol import Allowed, KnownPod, Outside, Port, Verdict, allowed, egress
from kubectl_svcdoctor.graph.ports.dialled import PODS_AT_MOST, PORTS_AT_MOST, Representatives, template
from kubectl_svcdoctor.graph.ports.listeners import Listeners
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.proxy.own_pod import OwnPod, shut
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.graph.slices.handmade import HandMade
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Dialled, Inside
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

ENDPOINTS_AT_MOST = 6
TRIES = 6


class ReachReplies(dict[DialFrom, Reply]):
    """What became of connections from the vantage to the Service's address and to the Pods behind it."""


class TellingReach(dict[DialFrom, Reply]):
    """The same, without what the policies deny to a Pod that was created to ask."""


class AgainReplies(dict[DialFrom, Reply]):
    """What became of further connections to the Service's address, where one failed although what is behind accepts connections."""


class Answered(frozenset[str]):
    """What connections through the API server could not tell, and those from the vantage did: as the questions are called."""


class Behind(tuple[Pod, ...]):
    """Ready Pods to try, at most three, on as many nodes as possible. A Pod that calls itself takes another way (hairpin), so the vantage is none of them."""


@derives
def behind(vantage: Inside, pods: SelectedPods | None = None, by_hand: HandMade | None = None) -> Behind | Irrelevant:
    """None to try where the endpoints are written by hand: what those addresses belong to is not known."""
    if pods is None:
        return Behind() if by_hand else Irrelevant("the Service has neither Pods nor endpoints", unseen=True)
    ready = [pod for pod in sorted(pods, key=lambda pod: pod.name) if pod.ready and not pod.terminating and pod.status.pod_ip]
    found = [pod for pod in ready if (pod.namespace, pod.name) != (vantage.namespace, vantage.pod)]
    first = {pod.spec.node_name: pod for pod in reversed(found)}
    spread = [pod for pod in found if first[pod.spec.node_name] is pod]
    chosen = [*spread, *(pod for pod in found if pod not in spread)][:PODS_AT_MOST]
    return Behind(chosen) if ready else Irrelevant("no Pod is ready")


def _questions(vantage: Inside, service: Service, pods: Behind) -> list[tuple[ServicePort, DialFrom | None, list[tuple[Pod, DialFrom]]]]:
    found = []
    for port in [port for port in service.spec.ports if port.protocol == "TCP"][:PORTS_AT_MOST]:
        own = DialFrom(vantage, service.spec.cluster_ip, port.port) if not service.headless and service.spec.cluster_ip else None
        found.append((port, own, [(pod, DialFrom(vantage, pod.status.pod_ip, number)) for pod in pods if (number := target_number(port, pod))]))
    return found


def _endpoints(vantage: Inside, port: ServicePort, slices: ServiceSlices) -> list[DialFrom]:
    """The ready endpoints to which kube-proxy sends what comes to this port."""
    found = [DialFrom(vantage, address, entry.port) for part in slices for entry in part.ports or ()
             if entry.port and (entry.name, entry.protocol) == (port.name, port.protocol)
             for endpoint in part.endpoints or () if endpoint.ready for address in endpoint.addresses[:1] if part.address_type != "FQDN"]
    return list(dict.fromkeys(found))


@asks(ReachReplies)
def reach_replies(vantage: Inside, service: Service, pods: Behind, slices: ServiceSlices) -> tuple[DialFrom, ...] | Irrelevant:
    questions = _questions(vantage, service, pods)
    asked = [dial for _, own, targets in questions for dial in (own, *(entry for _, entry in targets)) if dial]
    asked += [dial for port, own, _ in questions if own for dial in _endpoints(vantage, port, slices)[:ENDPOINTS_AT_MOST]]
    return tuple(dict.fromkeys(asked)) or Irrelevant("no port of the Service is TCP")


@derives
def telling_reach(service: Service, replies: ReachReplies, own: OwnPod | None = None, selected: SelectedPods | None = None) -> TellingReach:
    """A connection to the Service's address ends at any of its Pods."""
    if own is None:
        return TellingReach(replies)
    owners = {address: pod for pod in selected or () for address in pod.addresses}
    at_pods = {dial: owners[dial.address] for dial in replies if dial.address in owners}

    def verdict(dial: DialFrom) -> Verdict:
        targets = {dial: at_pods[dial]} if dial in at_pods else at_pods if dial.address == service.spec.cluster_ip else {}
        found = [allowed(own.policies, own.pod, KnownPod(pod), Port(end.port)) for end, pod in targets.items()]
        denied = next((said for said in found if not isinstance(said, Allowed)), None)
        return denied or (Allowed() if targets else egress(own.policies, own.pod, Outside((dial.address,)), Port(dial.port)))

    return TellingReach(own.telling(replies, shut, verdict, own.reaches(f"Service {service.name}"), service))


@asks(AgainReplies)
def again_replies(vantage: Inside, service: Service, pods: Behind, slices: ServiceSlices, replies: TellingReach) -> tuple[DialFrom, ...] | Irrelevant:
    """An address leads to one endpoint after the other: where some of them are dead, or a rule is old, only some connections fail."""
    asked: list[DialFrom] = []
    for port, own, targets in _questions(vantage, service, pods):
        behind = [replies.get(dial) for dial in (*(entry for _, entry in targets), *_endpoints(vantage, port, slices))]
        first = replies.get(own) if own else None
        if own and isinstance(first, Dialled) and not first.open and any(isinstance(reply, Dialled) and reply.open for reply in behind):
            asked += [replace(own, turn=turn) for turn in range(1, TRIES)]
    return tuple(asked) or Irrelevant("the Service's address was reached at once, or nothing behind it was")


@derives
def reach(
    vantage: Inside, service: Service, pods: Behind, slices: ServiceSlices, replies: TellingReach, selected: SelectedPods | None = None,
    listeners: Listeners | None = None, again: AgainReplies | None = None,
) -> Reach | Irrelevant:
    # What the Pod's address refuses, it refuses to every client; of a template of which some Pods refuse and others do not, those are told apart by name.
    opened = {(template(entry.pod), entry.port) for entry in listeners or () if entry.address}
    closed = {(template(entry.pod), entry.port) for entry in listeners or () if entry.address is False} - opened
    dead = {(entry.pod.name, entry.port) for entry in listeners or () if entry.address is False}

    def reply_to(dial: DialFrom | None) -> Dialled | None:
        reply = replies.get(dial) if dial else None
        return reply if isinstance(reply, Dialled) else None

    found = []
    for port, own, targets in _questions(vantage, service, pods):
        answered = tuple((pod, dial.port, reply) for pod, dial in targets if (reply := reply_to(dial)))
        listening = frozenset(pod.name for pod, number, _ in answered if (template(pod), number) not in closed and (pod.name, number) not in dead)
        if answered or reply_to(own):
            ends = _endpoints(vantage, port, slices) if own else []
            seen = tuple((dial.address, dial.port, reply) for dial in ends if (reply := reply_to(dial)))
            # A Pod that reaches itself by way of the Service takes another way (hairpin).
            itself = any(pod.name == vantage.pod and pod.namespace == vantage.namespace for pod in selected or ())
            more = tuple(reply for dial, reply in (again or {}).items() if own and replace(dial, turn=0) == own and isinstance(reply, Dialled))
            found.append(Tried(vantage, port, service.spec.cluster_ip if own else "", reply_to(own), answered, listening, seen,
                               len(seen) == len(ends) > 0 and not itself, more, itself))
    return Reach(found) if found else Irrelevant("no connection could be tried", unseen=True)


@derives
def answered(reach: Reach, pods: Representatives) -> Answered:
    """What one Pod listens on at its address, all of its template do."""
    found = {(template(pod), number) for tried in reach for pod, number, reply in tried.pods if reply.open}
    return Answered(Dial(pod.namespace, pod.name, pod.spec.node_name, number, "pod-proxy").what for pod in pods for kind, number in found
                    if kind == template(pod))
