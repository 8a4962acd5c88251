"""Questions of probes and their replies: hashable values, so that each is asked once, recorded, and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
