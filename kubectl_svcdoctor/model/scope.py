"""What findings are about, and which of them can be the cause of which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kubectl_svcdoctor.model.finding import Finding, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef

Side = Literal["service", "client", "dns"]
# Hops at which a client asks the cluster's DNS or connects: what is found there may concern the Service, the client, or the DNS servers.
_ASKING = ("dns", "proxy")
# Hops at which clients connect to an address that they know.
_CONNECTING = ("proxy", "nodeport", "lb")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one branch: the Service with what stands behind it, the client, and the cluster's DNS.

    `owners` holds what makes each selected Pod, by Pod. `named_after_pods`: the Service's names are those of its Pods (headless), so that they depend on them.
    """

    service: ObjectRef | None = None
    ports: tuple[str, ...] = ()
    named_after_pods: bool = False
    owners: Mapping[ObjectRef, ObjectRef] = field(default_factory=dict)
    clients: Collection[ObjectRef] = ()

    def unserved(self, problems: Iterable[Problem]) -> bool:
        """Whether no client gets any service: something stops all of them, or each of the Service's ports is stopped."""
        stopped = {problem.port for problem in problems if problem.severity is Severity.ERROR and not problem.partial and not problem.node + problem.family}
        return "" in stopped or (bool(stopped) and stopped >= set(self.ports))

    def joins(self, cause: Finding, other: Finding) -> bool:
        """Whether both may be of one kind of trouble: the same port, node and address family, and not two workloads, of which one holds back nothing of
        the other."""
        ours, theirs = self._makers(cause), self._makers(other)
        return _meet(cause.problem, other.problem) and (not ours or not theirs or bool(ours & theirs))

    def covers(self, cause: Finding, other: Finding) -> bool:
        """Whether the cause is beneath what the other finding is about: only then it explains what it does not name."""
        one, two = cause.problem.ref, other.problem.ref
        if not self.joins(cause, other):
            return False
        if one == two or not one.namespace or cause.hop == "external" or two == self.service:
            return True  # nodes and the control plane are beneath everything, and everything is beneath the Service that is examined
        ours, theirs = self._side(cause), self._side(other)
        return ours == theirs or (ours, theirs) == ("dns", "client")

    def depends(self, other: Finding, hop: str) -> bool:
        """Whether what was found can follow from something at that hop at all. The name of a Service with an address of its own does not depend on its Pods,
        and a connection to an address does not depend on names."""
        pods = ("selector", "pods", "ports", "slices", "sts")
        named = other.hop == "dns" and hop in pods and not self.named_after_pods
        return not named and not (hop == "dns" and other.hop in _CONNECTING)

    def _side(self, finding: Finding) -> Side:
        ref = finding.problem.ref
        if ref in self.clients:
            return "client"
        ours = ref == self.service or ref in self.owners or ref in self.owners.values()
        return "service" if ours or finding.hop not in _ASKING else "dns"

    def _makers(self, finding: Finding) -> frozenset[ObjectRef]:
        refs = (finding.problem.ref, *finding.problem.about)
        known = frozenset(self.owners.values())
        return frozenset(self.owners.get(ref, ref) for ref in refs if ref in self.owners or ref in known or ref.kind == "Pod")


def _meet(one: Problem, two: Problem) -> bool:
    """Whether something can be in the scope of both: each part is the same, or any in one of them."""
    parts = ((one.port, two.port), (one.node, two.node), (one.family, two.family))
    return all(not ours or not theirs or ours == theirs for ours, theirs in parts)


@dataclass(frozen=True, slots=True)
class Scope:
    """All branches of an examination, by id, with their parts. `serving` holds the weights of those that the subject's clients depend on; what Pods wait
    for is in `followed`."""

    branches: Mapping[str, Parts]
    serving: Mapping[str, int]
    followed: Mapping[ObjectRef, str] = field(default_factory=dict)

    def joins(self, cause: Finding, other: Finding) -> bool:
        """Whether both may be of one kind of trouble in some branch that both concern."""
        return any(parts.joins(cause, other) for parts in self._common(cause, other))

    def covers(self, cause: Finding, other: Finding) -> bool:
        """Whether in some branch the cause is beneath what the other is about."""
        return any(parts.covers(cause, other) for parts in self._common(cause, other))

    def explains(self, cause: Finding, other: Finding) -> bool:
        """Whether in some branch the cause is beneath what the other is about, which can follow from what is wrong at the cause's hop."""
        return any(parts.covers(cause, other) and parts.depends(other, cause.hop) for parts in self._common(cause, other))

    def unserved(self, findings: Iterable[Finding], branch: str) -> bool:
        """Whether no client of that branch gets any service."""
        return self.branches[branch].unserved(finding.problem for finding in findings if finding.within(branch))

    def withheld(self, findings: Iterable[Finding], branch: str, name_alone: bool) -> bool:
        """Whether that branch gives those that wait for it nothing. Whoever only looks its name up needs no endpoint."""
        here = [finding for finding in findings if finding.within(branch)]
        if not name_alone or self.branches[branch].service is None:
            return self.unserved(here, branch)
        return any(finding.hop == "dns" and finding.problem.severity is Severity.ERROR and not finding.problem.partial for finding in here)

    def broken(self, findings: Collection[Finding]) -> bool:
        """Whether no client of the subject gets service: none of the branches that should serve does."""
        weights = {branch for branch, weight in self.serving.items() if weight}
        return bool(weights) and all(self.unserved(findings, branch) for branch in weights)

    def _common(self, one: Finding, two: Finding) -> list[Parts]:
        return [parts for branch, parts in self.branches.items() if one.within(branch) and two.within(branch)]
