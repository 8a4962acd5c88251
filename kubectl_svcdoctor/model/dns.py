"""Names as the cluster's DNS serves them, and what each server said to each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kubectl_svcdoctor.model.questions import Resolved, Server

ANY = "*"
LONGEST_NAME = 253
_NAME = re.compile(r"[A-Za-z0-9_*-]{1,63}(?:\.[A-Za-z0-9_*-]{1,63})*")


def is_name(text: str) -> bool:
    """Whether resolvers ask for it, without a last dot: labels of 1 to 63 octets, 253 in all (RFC 1035, section 2.3.4), of the characters of hosts."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one name and type that the DNS specification demands.

    `values` are as in `Resolved`; empty where no such record may exist. A target of `*` in a SRV record is the server's own choice; `*`
    alone is whatever the world outside of the cluster says.
    `pod` names the Pod whose own name this is, `note` says why there is no record.
    """

    name: str
    type: str
    values: tuple[str, ...] = ()
    pod: str = ""
    note: str = ""

    def agrees(self, told: Resolved) -> bool:
        """Whether an answer is as it should be. A PTR may name more than is demanded: several Services share an address."""
        if told.status not in ("NOERROR", "NXDOMAIN"):
            return False
        if self.type == "PTR":
            return set(self.values) <= set(told.values)
        if self.values == (ANY,):
            return told.status == "NOERROR"
        if any(value.endswith(ANY) for value in self.values):
            return _ports(self.values) == _ports(told.values)
        return set(self.values) == set(told.values)


def _ports(values: tuple[str, ...]) -> set[str]:
    return {value.partition(" ")[0] for value in values}


@dataclass(frozen=True, slots=True)
class Row:
    """One name and what every server that told anything said to it."""

    record: RecordSet
    told: dict[Server, Resolved] = field(default_factory=dict)

    @property
    def wrong(self) -> tuple[Server, ...]:
        """The servers whose answer is not as it should be, in a stable order."""
        return tuple(sorted(server for server, told in self.told.items() if not self.record.agrees(told)))

    @property
    def right(self) -> tuple[Server, ...]:
        return tuple(sorted(server for server, told in self.told.items() if self.record.agrees(told)))


@dataclass(frozen=True, slots=True)
class View:
    """What the nameserver at `address` answered to a client in a Pod, by name and type."""

    pod: str
    address: str
    told: Mapping[tuple[str, str], Resolved]

    def answer(self, record: RecordSet) -> Resolved | None:
        """The answer to that record's name; None where it was not asked."""
        return self.told.get((record.name, record.type))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a subject. `domain` is the cluster domain, `source` how it was found out; `servers` are those that were asked.

    `views` tell the same from inside of Pods. `control` is the DNS Service's own name: a server that does not know even that serves no name of the cluster.
    """

    domain: str
    source: str
    rows: tuple[Row, ...]
    servers: tuple[Server, ...] = ()
    control: Row | None = None
    views: tuple[View, ...] = ()

    @property
    def heard(self) -> tuple[Row, ...]:
        """All rows, the control among them."""
        return (self.control, *self.rows) if self.control else self.rows
