"""What became of the connections that were tried from a Pod, port by port."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.model.questions import Dialled, Inside
from kubectl_svcdoctor.model.service import ServicePort
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Tried:
    """One TCP port, tried from the vantage: `address` is the Service's, empty where it has none, `service` the reply there, None where there was none, and
    `again` those to further tries; `pods` are the Pods behind with their ports and replies. `listening` names those that are not known to be closed to
    everybody.

    `endpoints` are the ready ones of the EndpointSlices, to which the address leads, with their replies; `complete`: all of them were tried.
    `itself`: the vantage is one of the Service's Pods.
    """

    vantage: Inside
    port: ServicePort
    address: str
    service: Dialled | None
    pods: tuple[tuple[Pod, int, Dialled], ...]
    listening: frozenset[str]
    endpoints: tuple[tuple[str, int, Dialled], ...] = ()
    complete: bool = False
    again: tuple[Dialled, ...] = ()
    itself: bool = False

    @property
    def shut_off(self) -> bool:
        """Whether a connection to the Service's address failed, while something behind it accepts connections."""
        behind = (*(reply for *_, reply in self.pods), *(reply for *_, reply in self.endpoints))
        return self.service is not None and not self.service.open and any(reply.open for reply in behind)

    @property
    def mixed(self) -> bool:
        """Whether the address accepted some of the connections."""
        opened, every = self.tries
        return 0 < opened < every

    @property
    def tries(self) -> tuple[int, int]:
        """How many connections to the Service's address came about, and how many were tried."""
        replies = [reply for reply in (self.service, *self.again) if reply]
        return sum(reply.open for reply in replies), len(replies)

    @property
    def shown(self) -> str:
        """What became of the tries at the Service's address: `open`, `no answer`, `open in 2 of 6 tries`."""
        opened, every = self.tries
        return "open" if opened == every else f"open in {opened} of {every} tries" if opened or self.service is None else self.service.words

    @property
    def dead(self) -> tuple[tuple[str, int, Dialled], ...]:
        """The endpoints that do not accept connections from the vantage."""
        return tuple(entry for entry in self.endpoints if not entry[2].open)

    @property
    def shut(self) -> tuple[tuple[Pod, int, Dialled], ...]:
        """The Pods that the vantage does not reach, although they listen."""
        return tuple(entry for entry in self.pods if not entry[2].open and entry[0].name in self.listening)


class Reach(tuple[Tried, ...]):
    """All TCP ports of the Service that were tried; never empty."""

    @property
    def everything(self) -> bool:
        """Whether each of them was reached: at the Service's address where it has one, and at all Pods that were tried."""
        return all((tried.service.open if tried.service else not tried.address and bool(tried.pods)) and all(reply.open for *_, reply in tried.pods)
                   for tried in self)
