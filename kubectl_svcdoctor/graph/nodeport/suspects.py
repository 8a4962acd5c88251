"""Which node ports do not answer although they should, grouped by what that means: a node, a port of all nodes, or an endpoint behind them.

An accusation needs somebody who answers: without one it is not known that there is a way to the nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kubectl_svcdoctor.graph.nodeport.views import Attempt, View
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.service import ServicePort


@dataclass(frozen=True, slots=True)
class Suspect:
    """What fails alike, with those of the same ports that answer."""

    view: View
    failing: tuple[Attempt, ...]
    answering: tuple[Attempt, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that fail, each once."""
        return tuple({attempt.door.node.name: attempt.door.node for attempt in self.failing}.values())

    @property
    def node(self) -> str:
        """The name of the only one; empty where there are several."""
        return self.nodes[0].name if len(self.nodes) == 1 else ""

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        return tuple(dict.fromkeys(attempt.door.port for attempt in self.failing))

    @property
    def port(self) -> str:
        """The label of the only port that fails, where others do not; empty where all that were tried do."""
        tried = {attempt.door.port for attempt in self.view.attempts}
        return self.ports[0].label if len(self.ports) == 1 and len(tried) > 1 else ""

    @property
    def places(self) -> str:
        """`192.0.2.11:30080, 192.0.2.12:30080 and 2 more`."""
        return places(self.failing)

    def does(self, singular: str, plural: str) -> str:
        """What the places do that fail: `192.0.2.11:30080 refuses connections`."""
        return f"{self.places} {singular if len(self.failing) == 1 else plural}"

    @property
    def control(self) -> str:
        """What shows that it can be done: `192.0.2.12:30080 accepts them`."""
        many = len({attempt.door.at for attempt in self.answering}) > 1
        return f"{places(self.answering, 1)} {'accept' if many else 'accepts'} them"

    @property
    def evidence(self) -> tuple[str, ...]:
        """What each connection came to."""
        return tuple(tally(attempt) for attempt in (*self.failing[:3], *self.answering[:1]))


def places(attempts: Iterable[Attempt], most: int = 2) -> str:
    return names(list(dict.fromkeys(attempt.door.at for attempt in attempts)), most)


def tally(attempt: Attempt) -> str:
    """`node node1 at 192.0.2.11:30080: 0 of 4 connections came about (connection refused)`."""
    came, tried = attempt.came, len(attempt.outcomes)
    words = f" ({attempt.words})" if attempt.words and came < tried else ""
    return f"node {attempt.door.node.name} at {attempt.door.at}: {came} of {tried} connection{'s' if tried != 1 else ''} came about{words}"


def refusing(view: View) -> Iterator[Suspect]:
    """Nodes that refuse on ports that others accept: all of them together, since that has one cause or is looked at in one way."""
    yield from _nodes(view, lambda attempt: attempt.refuses)


def silent(view: View) -> Iterator[Suspect]:
    """Nodes that give no answer on ports where others do."""
    yield from _nodes(view, lambda attempt: attempt.silent)


def everywhere(view: View, failing: Callable[[Attempt], bool]) -> Iterator[Suspect]:
    """Ports that fail so on every node that should serve them, where other ports do answer."""
    for port in dict.fromkeys(attempt.door.port for attempt in view.attempts):
        here = _of(view, port)
        others = tuple(attempt for attempt in view.attempts if attempt.door.port != port and attempt.forwards)
        if here and others and all(map(failing, here)):
            yield Suspect(view, here, others)


def flaky(view: View) -> Iterator[Suspect]:
    """Ports on which some connections come through and some do not, at one and the same node: whichever endpoint they meet decides, not the node."""
    for port in _flaky(view):
        here = _of(view, port)
        yield Suspect(view, tuple(attempt for attempt in here if not attempt.forwards), tuple(attempt for attempt in here if attempt.forwards))


def _of(view: View, port: ServicePort) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in view.attempts if attempt.door.port == port and attempt.door.serves)


def _flaky(view: View) -> set[ServicePort]:
    return {attempt.door.port for attempt in view.attempts
            if attempt.door.serves and not attempt.forwards and any(outcome in ("open", "reset") for outcome in attempt.outcomes)}


def _nodes(view: View, failing: Callable[[Attempt], bool]) -> Iterator[Suspect]:
    """A node at whose other address the port answers forwards it: then that address is the matter."""
    mixed = _flaky(view)
    well = {(attempt.door.node.name, attempt.door.port) for attempt in view.attempts if attempt.forwards}
    ports = {port for _, port in well} - mixed
    found = tuple(attempt for attempt in view.attempts if attempt.door.serves and failing(attempt) and attempt.door.port in ports
                  and (attempt.door.node.name, attempt.door.port) not in well)
    if found:
        affected = {attempt.door.port for attempt in found}
        yield Suspect(view, found, tuple(attempt for attempt in view.attempts if attempt.forwards and attempt.door.port in affected))
