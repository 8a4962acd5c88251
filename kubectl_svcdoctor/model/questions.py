"""Questions of probes and their replies: hashable values, so that each is asked once, recorded, and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.model.access import EXEC, NODE_PROXY, POD_PROXY, PORT_FORWARD, Access
from kubectl_svcdoctor.model.register import Question, Told, question, recorded

Way = Literal["port-forward", "pod-proxy"]

# Statuses of Resolved that no server has given, as a report says them.
UNANSWERED = {"SILENT": "no answer", "CLOSED": "connection refused"}


@recorded(sentences="words")
@dataclass(frozen=True, slots=True)
class Dialled(Told):
    """The reply: whether the connection came about, the words of whoever refused it, and whether what listens there demands TLS."""

    open: bool = True
    words: str = ""
    tls: bool = False


@question(reply=Dialled, place="api-server", takes=(PORT_FORWARD, POD_PROXY), names="namespace pod node way")
@dataclass(frozen=True, slots=True)
class Dial(Question):
    """Does a process of this Pod take TCP connections on this port?

    `port-forward` reaches the Pod's loopback: the kubelet dials localhost inside the Pod's network namespace.
    `pod-proxy` reaches the Pod's address: the API server dials it as a client would. `node` is where the Pod runs.
    """

    namespace: str
    pod: str
    node: str
    port: int
    way: Way

    @property
    def needs(self) -> Access:
        """The rights for this way."""
        return PORT_FORWARD if self.way == "port-forward" else POD_PROXY

    @property
    def what(self) -> str:
        """The question as a report names it."""
        where = "its loopback" if self.way == "port-forward" else "its address"
        return f"whether Pod {self.pod} accepts connections on port {self.port} of {where}"

    @property
    def where(self) -> str:
        return self.namespace

    @property
    def kubelet(self) -> str:
        return self.node


@recorded(names="namespace pod node")
@dataclass(frozen=True, slots=True, order=True)
class Server:
    """A DNS server: a Pod, the node it runs on, and the port on which it takes queries over TCP."""

    namespace: str
    pod: str
    node: str
    port: int


@recorded(names="status values")
@dataclass(frozen=True, slots=True)
class Resolved(Told):
    """The reply. `status` is the response code (NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...), SILENT where none came in time, or CLOSED
    where nobody takes queries there.

    `values` are the records of the type that was asked for, in the order of the answer: addresses, names without the last dot,
    `PORT TARGET` for SRV. `seconds` is from sending to receiving, `size` the octets of the answer.
    """

    status: str
    values: tuple[str, ...] = ()
    seconds: float = 0.0
    size: int = 0


@question(reply=Resolved, place="api-server", takes=(PORT_FORWARD,), names="name type", shared=True)
@dataclass(frozen=True, slots=True)
class Lookup(Question):
    """What does this DNS server answer to this name and type? The name is absolute, in lower case, without the last dot.

    It is asked over TCP by port-forward: no Pod is created, and no answer is truncated.
    """

    server: Server
    name: str
    type: str

    @property
    def what(self) -> str:
        """The question as a report names it: once for each server, whatever the number of names."""
        return f"what DNS server {self.server.pod} answers"

    @property
    def batch(self) -> Server:
        return self.server

    @property
    def where(self) -> str:
        return self.server.namespace

    @property
    def kubelet(self) -> str:
        return self.server.node


@recorded(names="domain nameservers")
@dataclass(frozen=True, slots=True)
class Resolving(Told):
    """The reply: clusterDomain and clusterDNS of the kubelet's configuration (kubelet.config.k8s.io/v1beta1)."""

    domain: str
    nameservers: tuple[str, ...]


@question(reply=Resolving, place="api-server", takes=(NODE_PROXY,), names="node", shared=True)
@dataclass(frozen=True, slots=True)
class Resolver(Question):
    """Which nameservers and which cluster domain does the kubelet of this node write into the resolv.conf of its Pods?"""

    node: str

    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"which nameserver and domain the kubelet of node {self.node} gives to Pods"


@recorded(names="namespace pod container node")
@dataclass(frozen=True, slots=True, order=True)
class Inside:
    """A container of a Pod, from which questions are asked by running a shell in it; `node` is where it runs."""

    namespace: str
    pod: str
    container: str
    node: str


@recorded(names="nameservers searches options knocking")
@dataclass(frozen=True, slots=True)
class Looked(Told):
    """The reply. `searches` are without their last dots; `options` are those words of resolv.conf as they stand, `ndots` among them as a number.

    `knocking` are the connections of the Pod that nobody has answered yet (state SYN-SENT): `10.244.1.7:5432`.
    """

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    ndots: int = 1
    options: tuple[str, ...] = ()
    knocking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _FromPod(Question):
    """A question of a container: all of one are asked over one connection."""

    vantage: Inside

    @property
    def batch(self) -> Inside:
        return self.vantage

    @property
    def inside(self) -> str:
        return self.vantage.pod


@question(reply=Looked, place="pod", takes=(EXEC,))
@dataclass(frozen=True, slots=True)
class Look(_FromPod):
    """What is this container's resolv.conf, and to whom is it trying to connect right now?"""


    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"what Pod {self.vantage.pod} sees"


@question(reply=Resolved, place="pod", takes=(EXEC,), names="address protocol name type")
@dataclass(frozen=True, slots=True)
class LookupFrom(_FromPod):
    """What does the DNS server at this address answer to a client in this Pod? `turn` tells repeated questions apart."""

    address: str
    port: int
    protocol: Literal["UDP", "TCP"]
    name: str
    type: str
    turn: int = 0

    @property
    def what(self) -> str:
        """The question as a report names it: once for each address."""
        return f"what {self.address} answers to Pod {self.vantage.pod} over {self.protocol}"


@question(reply=Dialled, place="pod", takes=(EXEC,), names="address")
@dataclass(frozen=True, slots=True)
class DialFrom(_FromPod):
    """Does this address take TCP connections from a client in this Pod? `turn` tells repeated questions apart."""

    address: str
    port: int
    turn: int = 0

    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"whether {self.address}:{self.port} accepts connections from Pod {self.vantage.pod}"


@recorded(names="outcome", sentences="words")
@dataclass(frozen=True, slots=True)
class Reached(Told):
    """The reply: what became of a TCP connection, and the words of the system where it did not come about. `reset`: it was accepted and then cut off;
    `timeout`: nobody answered; `unreachable`: there is no way there from here, or no such name."""

    outcome: Literal["open", "refused", "reset", "timeout", "unreachable"] = "open"
    words: str = ""


@question(reply=Reached, place="local", names="address")
@dataclass(frozen=True, slots=True)
class DialLocal(Question):
    """Does this address take TCP connections from the machine where this runs? `turn` tells repeated questions apart."""

    address: str
    port: int
    turn: int = 0

    @property
    def what(self) -> str:
        """The question as a report names it: once for all addresses."""
        return "whether the Service's external addresses and node ports accept connections from this machine"

    @property
    def batch(self) -> str:
        return "local"


def at(address: str, port: int) -> str:
    """`10.0.0.1:80`, `[fd00::1]:80`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
