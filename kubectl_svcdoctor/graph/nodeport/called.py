"""The node, or the loopback address, that the user typed as where the client calls."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.subject import NodeAddressSubject, Subject


@dataclass(frozen=True, slots=True)
class CalledNode:
    """An address of a node and the port that clients use there, 0 for none; `node` is empty for a loopback address, which may be any machine's."""

    address: str
    port: int
    node: str

    @property
    def loopback(self) -> bool:
        return not self.node

    @property
    def what(self) -> str:
        return f"node {self.node} at {self.address}" if self.node else self.address


@derives
def called_node(subject: Subject) -> CalledNode | Irrelevant:
    if not isinstance(subject, NodeAddressSubject):
        return Irrelevant("no address of a node was typed")
    return CalledNode(subject.address, subject.port, subject.node)
