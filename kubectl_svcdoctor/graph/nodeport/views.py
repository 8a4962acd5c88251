"""What a vantage gets at the node ports: one connection to each, and a few more where some answer and some do not.

One connection may meet an endpoint that is dead; a node is told from an endpoint by trying again: a node without rules never answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kubectl_svcdoctor.graph.dns.client import NamespacePolicies
from kubectl_svcdoctor.graph.netpol import Allowed, KnownPod, NodeItself, Policies, Port, egress
from kubectl_svcdoctor.graph.netpol.backends import Unlimited
from kubectl_svcdoctor.graph.nodeport.doors import NodeDoor, NodeDoors
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.evidence import Here, Vantage, VantagePod
from kubectl_svcdoctor.model.node_ports import DialNode
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, DialLocal, Inside, Reached
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Irrelevant

TURNS = 3
CONTROLS = 2
SERVER_AT_MOST = 4
Outcome = Literal["open", "refused", "reset", "timeout", "unreachable"]
SILENT = ("timeout", "unreachable")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A node port with what became of each connection, the first one's words first."""

    door: NodeDoor
    outcomes: tuple[Outcome, ...]
    words: str = ""

    @property
    def came(self) -> int:
        """How many connections came through."""
        return sum(outcome in ("open", "reset") for outcome in self.outcomes)

    @property
    def forwards(self) -> bool:
        """Whether every connection came through; one that is cut off afterwards has met an endpoint, too."""
        return all(outcome in ("open", "reset") for outcome in self.outcomes)

    @property
    def silent(self) -> bool:
        return all(outcome in SILENT for outcome in self.outcomes)

    @property
    def refuses(self) -> bool:
        return all(outcome == "refused" for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class View:
    """All node ports as one vantage sees them; `label` is `this machine` or `Pod client on node node1`."""

    label: str
    attempts: tuple[Attempt, ...]

    @property
    def answered(self) -> bool:
        """Whether any connection came through: without one it is not known that there is a way to the nodes at all."""
        return any(outcome in ("open", "reset") for attempt in self.attempts for outcome in attempt.outcomes)


class NodePortReplies(dict[DialLocal, Reply]):
    """What became of one connection from this machine to each node port."""


class NodePortTurns(dict[DialLocal, Reply]):
    """What became of further connections to those that fail, and to some that do not."""


class PodNodePortReplies(dict[DialFrom, Reply]):
    """What became of one connection from the vantage to each node port, at the nodes' own addresses."""


class PodNodePortTurns(dict[DialFrom, Reply]):
    """What became of further connections from there."""


class NodePortsByServer(dict[DialNode, Reply]):
    """What becomes of a connection of the API server to the node ports that do not answer this machine."""


class LocalView(View):
    """What this machine sees."""


class PodView(View):
    """What the Pod sees that --from names."""


class TellingView(View):
    """What this machine sees, without failures that say nothing of nodes: where a NetworkPolicy limits who may call the Pods, or it is not known that none
    does, its engine may refuse or drop whoever comes from outside, at some nodes or at all of them."""


class TellingPodView(View):
    """What the Pod sees, without such failures, and without those that the policies for its own egress may cause."""


class Views(tuple[View, ...]):
    """Those of both to whom any node port answers, this machine first; never empty."""


@asks(NodePortReplies)
def node_port_replies(here: Here, doors: NodeDoors) -> tuple[DialLocal, ...]:
    return tuple(_local(door) for door in doors)


@asks(NodePortTurns)
def node_port_turns(here: Here, doors: NodeDoors, replies: NodePortReplies) -> tuple[DialLocal, ...] | Irrelevant:
    again = _again(_attempts(doors, _local, replies, {}))
    return tuple(_local(door, turn) for door in again for turn in range(1, TURNS + 1)) or Irrelevant("nothing is to be tried again")


@derives
def local_view(here: Here, doors: NodeDoors, replies: NodePortReplies, turns: NodePortTurns | None = None) -> LocalView:
    return LocalView("this machine", tuple(_attempts(doors, _local, replies, turns or {})))


@derives
def telling_view(view: LocalView, unlimited: Unlimited | None = None) -> TellingView:
    return TellingView(view.label, tuple(attempt for attempt in view.attempts if attempt.forwards or unlimited))


@asks(PodNodePortReplies)
def pod_node_port_replies(vantage: Inside, doors: NodeDoors) -> tuple[DialFrom, ...] | Irrelevant:
    return tuple(_from(vantage)(door) for door in doors if door.internal) or Irrelevant("no node has an address within the cluster")


@asks(PodNodePortTurns)
def pod_node_port_turns(vantage: Inside, doors: NodeDoors, replies: PodNodePortReplies) -> tuple[DialFrom, ...] | Irrelevant:
    dial = _from(vantage)
    again = _again(_attempts(doors, dial, replies, {}))
    return tuple(dial(door, turn) for door in again for turn in range(1, TURNS + 1)) or Irrelevant("nothing is to be tried again")


@derives
def pod_view(
    named: Vantage, vantage: Inside, doors: NodeDoors, replies: PodNodePortReplies, turns: PodNodePortTurns | None = None,
) -> PodView:
    """A Pod that was made for it is called by what --from was given."""
    called = f"a Pod on node {vantage.node} ({named.typed})" if named.typed else f"Pod {vantage.pod} on node {vantage.node}"
    return PodView(called, tuple(_attempts(doors, _from(vantage), replies, turns or {})))


@derives
def telling_pod_view(
    view: PodView, client: VantagePod | None = None, policies: NamespacePolicies | None = None, unlimited: Unlimited | None = None,
) -> TellingPodView:
    return TellingPodView(view.label, tuple(
        attempt for attempt in view.attempts if attempt.forwards or (unlimited and _let_out(client, policies, attempt.door))))


def _let_out(client: VantagePod | None, policies: NamespacePolicies | None, door: NodeDoor) -> bool:
    if not client or policies is None:
        return False
    pod = KnownPod(client[0])
    return isinstance(egress(Policies.of(policies, read=[pod.namespace]), pod, NodeItself(door.node), Port(door.port.node_port, door.port.protocol)), Allowed)


@derives
def views(here: TellingView | None = None, pod: TellingPodView | None = None) -> Views | Irrelevant:
    return Views(view for view in (here, pod) if view and view.answered) or Irrelevant("no connection to a node port came through", unseen=True)


@asks(NodePortsByServer)
def node_ports_by_server(view: TellingView) -> tuple[DialNode, ...] | Irrelevant:
    """Where something does not answer here although something does, or all nodes refuse: whether the node answers somebody else tells it from what stands
    between."""
    closed = [attempt.door for attempt in view.attempts
              if attempt.door.serves and attempt.door.internal and (attempt.silent if view.answered else attempt.refuses)]
    dials = dict.fromkeys(DialNode(door.node.name, door.port.node_port) for door in closed)
    return tuple(dials)[:SERVER_AT_MOST] or Irrelevant("no node that should answer is silent")


def refuses(reply: Reply | None) -> bool:
    """Whether the node refuses the API server too."""
    return isinstance(reply, Dialled) and not reply.open and "refused" in reply.words


def _local(door: NodeDoor, turn: int = 0) -> DialLocal:
    return DialLocal(door.address, door.port.node_port, turn)


def _from(vantage: Inside) -> Callable[..., DialFrom]:
    return lambda door, turn=0: DialFrom(vantage, door.address, door.port.node_port, turn)


def _attempts(doors: Iterable[NodeDoor], dial: Callable[..., Any], first: Mapping[Any, Reply], turns: Mapping[Any, Reply]) -> Iterator[Attempt]:
    """Each door that was tried; what could not be tried is left out."""
    for door in doors:
        told = [outcome(reply) for turn in range(TURNS + 1) if (reply := (turns if turn else first).get(dial(door, turn)))]
        known = [entry for entry in told if entry]
        if known:
            yield Attempt(door, tuple(entry[0] for entry in known), next((words for kind, words in known if kind != "open"), ""))


def outcome(reply: Reply) -> tuple[Outcome, str] | None:
    """What became of a connection, in one word and in the system's own; None where it could not be tried."""
    if isinstance(reply, Reached):
        return reply.outcome, reply.words
    if not isinstance(reply, Dialled):
        return None
    if reply.open:
        return "open", ""
    return "refused" if "refused" in reply.words else "timeout" if reply.words == "no answer" else "unreachable", reply.words


def _again(attempts: Iterable[Attempt]) -> Sequence[NodeDoor]:
    """The doors that should answer and do not, with some that do, where there are both."""
    tried = list(attempts)
    failing = [attempt.door for attempt in tried if attempt.door.serves and not attempt.forwards]
    ports = {door.port for door in failing}
    well = [attempt.door for attempt in tried if attempt.forwards and attempt.door.port in ports]
    return [*failing, *well[:CONTROLS]] if failing and well else []
