"""The client that --from names against the policies of both sides: what they say of each connection, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.client import NamespacePolicies
from kubectl_svcdoctor.graph.netpol.backends import AllNamespaces, BackendPolicies, limited
from kubectl_svcdoctor.graph.netpol.decide import allowed, selecting
from kubectl_svcdoctor.graph.netpol.parties import KnownPod, Port
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Denial, Denied, Undecided, Verdict
from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceSlices, Vantage, VantagePod
from kubectl_svcdoctor.model.policy import Direction
from kubectl_svcdoctor.model.questions import Dialled
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod

PODS_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Call:
    """A connection from the client to one Pod: what the policies say, and what became of it, None where it was not tried.

    `own`: a failure may be the Pod's own, since nothing listens there.
    """

    port: ServicePort
    pod: Pod
    number: int
    verdict: Verdict
    reply: Dialled | None = None
    own: bool = False

    @property
    def failed(self) -> bool:
        return self.reply is not None and not self.reply.open and not self.own

    @property
    def went_through(self) -> bool:
        return self.reply is not None and self.reply.open

    @property
    def denied(self) -> bool:
        return isinstance(self.verdict, Denied)


@dataclass(frozen=True, slots=True)
class Calls:
    """All that were judged, of the client; never empty. `policies` are those of both sides."""

    client: KnownPod
    calls: tuple[Call, ...]
    policies: Policies

    @property
    def limited(self) -> bool:
        """Whether any policy limits the client or one of the Pods, as far as could be read."""
        chosen = [selecting(self.policies, "Egress", self.client), *(selecting(self.policies, "Ingress", KnownPod(call.pod)) for call in self.calls)]
        return any(bool(group) for group in chosen if not isinstance(group, Undecided))

    @property
    def unenforced(self) -> tuple[Call, ...]:
        """Connections that came about although the policies deny them."""
        return tuple(call for call in self.calls if call.went_through and call.denied)


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps the client from one port of the Service, on one side of the connection; `calls` are those that it stops, the first one's denial given."""

    port: ServicePort
    denial: Denial
    calls: tuple[Call, ...]

    @property
    def seen(self) -> bool:
        """Whether a connection failed; where none was tried, it is a prediction."""
        return any(call.failed for call in self.calls)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(call.number for call in self.calls))

    @property
    def words(self) -> str:
        """`8080`, `8080, 8081`."""
        return ", ".join(map(str, self.numbers))

    @property
    def ports(self) -> tuple[Port, ...]:
        return tuple(Port(number, self.port.protocol) for number in self.numbers)


class Barred(tuple[Bar, ...]):
    """Where policies keep the client out: denied, and failed or not tried. Never empty."""

    def by(self, direction: Direction) -> tuple[Bar, ...]:
        return tuple(bar for bar in self if bar.denial.direction == direction)


@derives
def calls(
    service: Service, pods: SelectedPods, slices: ServiceSlices, who: VantagePod, vantage: Vantage, own: NamespacePolicies | None = None,
    others: BackendPolicies | None = None, namespaces: AllNamespaces | None = None, reach: Reach | None = None,
) -> Calls | Irrelevant:
    """What no probe told is a prediction, as long as clients are sent to the Pods at all. A Pod that was created to ask is no client that policies were
    written for: what they deny it is told by what came of it alone."""
    found = {policy.ref: policy for policy in (*(own or ()), *(others or ()))}
    read = [vantage.namespace] * (own is not None) + [service.namespace] * (others is not None)
    if not who:
        return Irrelevant("there is no such Pod")
    client, policies = KnownPod(who[0]), Policies.of(found.values(), read, namespaces or ())

    def judged(port: ServicePort, pod: Pod, number: int, reply: Dialled | None, own: bool) -> Call:
        return Call(port, pod, number, allowed(policies, client, KnownPod(pod), Port(number, port.protocol)), reply, own)

    made = [judged(tried.port, pod, number, reply, pod.name not in tried.listening) for tried in reach or () for pod, number, reply in tried.pods]
    if reach is None and not vantage.created and any(endpoint.ready for part in slices for endpoint in part.endpoints or ()):
        made = [judged(port, pod, number, None, False) for port, pod, number in _possible(service, pods, client)]
    return Calls(client, tuple(made), policies) if made else Irrelevant("no connection to a Pod was tried")


def _possible(service: Service, pods: SelectedPods, client: KnownPod) -> Iterator[tuple[ServicePort, Pod, int]]:
    chosen = [pod for pod in limited(pods) if pod.ref != client.pod.ref][:PODS_AT_MOST]
    yield from ((port, pod, number) for port in service.spec.ports for pod in chosen if (number := target_number(port, pod)))


@derives
def barred(found: Calls) -> Barred | Irrelevant:
    """Where a connection came about that is denied too, nobody enforces the policies there, and a failure has another reason."""
    stopped = [call for call in found.calls if call.denied and (call.failed or call.reply is None)]
    if not stopped or found.unenforced:
        return Irrelevant("the policies keep no connection of the client out")
    bars: dict[tuple[str, str], list[tuple[Denial, Call]]] = {}
    for call in stopped:
        for denial in call.verdict.by if isinstance(call.verdict, Denied) else ():
            bars.setdefault((call.port.label, denial.direction), []).append((denial, call))
    return Barred(Bar(entries[0][1].port, entries[0][0], tuple(call for _, call in entries)) for entries in bars.values())
