"""What a node's service proxy says of itself: a question to kube-proxy's health port, and its reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kubectl_svcdoctor.model.access import NODE_PROXY
from kubectl_svcdoctor.model.register import Question, Told, question, recorded

HEALTH_PORT = 10256


@recorded(names="outcome", sentences="words")
@dataclass(frozen=True, slots=True)
class ProxyState(Told):
    """The reply. `current`: its rules are up to date; `late`: it has changes that it does not manage to write, the last time it wrote any was `seconds`
    ago (-1: not told); `refused`: nothing listens on that port of the node; `foreign`: something listens that is no kube-proxy.

    `ipv4` and `ipv6` are the seconds since it wrote the rules of that address family, -1 where it does not tell: a kube-proxy that has lost its watch calls
    itself up to date, and has written nothing since.
    """

    outcome: Literal["current", "late", "refused", "foreign"] = "current"
    seconds: float = 0.0
    words: str = ""
    ipv4: float = -1.0
    ipv6: float = -1.0

    @property
    def ours(self) -> bool:
        """Whether it is a kube-proxy that answered."""
        return self.outcome in ("current", "late")


@question(reply=ProxyState, place="api-server", takes=(NODE_PROXY,), names="node")
@dataclass(frozen=True, slots=True)
class AskProxy(Question):
    """Does kube-proxy of this node keep its rules up to date? Its own health endpoint tells (pkg/proxy/healthcheck/proxy_health.go)."""

    node: str

    @property
    def what(self) -> str:
        """The question as a report names it: once for all nodes."""
        return "whether kube-proxy keeps the rules of the nodes up to date"
