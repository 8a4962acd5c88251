"""Questions of probes and their replies: hashable values, so that each is asked once, recorded, and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.model.snapshot import Unknown

Way = Literal["port-forward", "pod-proxy"]


@dataclass(frozen=True, slots=True)
class Dial:
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
    def what(self) -> str:
        """The question as a report names it."""
        where = "its loopback" if self.way == "port-forward" else "its address"
        return f"whether Pod {self.pod} takes connections on port {self.port} of {where}"


@dataclass(frozen=True, slots=True)
class Dialled:
    """The reply: whether the connection came about, the words of whoever refused it, and whether what listens there demands TLS."""

    open: bool
    words: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Server:
    """A DNS server: a Pod, the node it runs on, and the port on which it takes queries over TCP."""

    namespace: str
    pod: str
    node: str
    port: int


@dataclass(frozen=True, slots=True)
class Lookup:
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """The reply. `status` is the response code (NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...), or SILENT where none came in time.

    `values` are the records of the type that was asked for, in the order of the answer: addresses, names without the last dot,
    `PORT TARGET` for SRV. `seconds` is from sending to receiving, `size` the octets of the answer.
    """

    status: str
    values: tuple[str, ...] = ()
    seconds: float = 0.0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Resolver:
    """Which nameservers and which cluster domain does the kubelet of this node write into the resolv.conf of its Pods?"""

    node: str

    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"which nameserver and domain the kubelet of node {self.node} gives to Pods"


@dataclass(frozen=True, slots=True)
class Resolving:
    """The reply: clusterDomain and clusterDNS of the kubelet's configuration (kubelet.config.k8s.io/v1beta1)."""

    domain: str
    nameservers: tuple[str, ...]


Question = Dial | Lookup | Resolver
Reply = Dialled | Resolved | Resolving | Unknown
