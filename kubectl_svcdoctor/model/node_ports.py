"""What is asked of nodes about a Service's node ports."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.model.access import NODE_PROXY
from kubectl_svcdoctor.model.questions import Dialled
from kubectl_svcdoctor.model.register import Question, Told, question, recorded


@question(reply=Dialled, place="api-server", takes=(NODE_PROXY,), names="node")
@dataclass(frozen=True, slots=True)
class DialNode(Question):
    """Does a node take TCP connections on this port, from where the API server runs? It dials the node's address as any client would."""

    node: str
    port: int

    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"whether node {self.node} accepts connections of the API server on port {self.port}"


@recorded(sentences="words")
@dataclass(frozen=True, slots=True)
class Believed(Told):
    """The reply. `status` is the HTTP status, 0 where nobody took the connection, whose refusal is in `words` then; `local_endpoints` is the count that
    stands in the answer, -1 where there is none (a proxy other than kube-proxy may say it in other words)."""

    status: int = 200
    local_endpoints: int = 1
    words: str = ""


@question(reply=Believed, place="api-server", takes=(NODE_PROXY,), names="node")
@dataclass(frozen=True, slots=True)
class LocalEndpoints(Question):
    """How many ready endpoints of the Service with this healthCheckNodePort does the node's proxy believe to have on its node (KEP-1669)?

    Load balancers ask the same, and send nothing to a node that does not answer 200.
    """

    node: str
    port: int

    @property
    def what(self) -> str:
        """The question as a report names it."""
        return f"what healthCheckNodePort {self.port} of node {self.node} says"
