"""What is examined: a variant for each kind of thing that a user may name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined, and the words that the user typed for it. `port` is what stood behind a colon, 0 for none."""

    kind: ClassVar[str] = ""
    namespace: str
    name: str
    typed: str = ""
    port: int = 0

    @property
    def called(self) -> str:
        """As a sentence names it: `StatefulSet shop/db`."""
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def short(self) -> str:
        """As kubectl's `-o name` has it: `statefulset/db`."""
        return f"{self.kind.lower()}/{self.name}"


@dataclass(frozen=True, slots=True)
class ServiceSubject(Subject):
    kind: ClassVar[str] = "Service"

    @property
    def called(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class NodeAddressSubject(ServiceSubject):
    """A Service as clients call it at a node: `address` is the node's, or a loopback address; `node` is then empty."""

    address: str = ""
    node: str = ""

    @property
    def called(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class StatefulSetSubject(Subject):
    kind: ClassVar[str] = "StatefulSet"


@dataclass(frozen=True, slots=True)
class PodSubject(Subject):
    kind: ClassVar[str] = "Pod"


@dataclass(frozen=True, slots=True)
class NameSubject(Subject):
    """A DNS name as a client in `namespace` would use it."""

    kind: ClassVar[str] = "DNSName"

    @property
    def called(self) -> str:
        return self.typed


@dataclass(frozen=True, slots=True)
class AddressSubject(Subject):
    """An IP address; which Services have it is looked up before anything is examined."""

    kind: ClassVar[str] = "Address"
