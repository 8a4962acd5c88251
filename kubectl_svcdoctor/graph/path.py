"""The path of a request to a Service, hop by hop, with what the findings say of each hop."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kubectl_svcdoctor.graph.details import DETAILS, TARGETS, count, views_of
from kubectl_svcdoctor.graph.dns.table import names
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.sts.governed import Governed
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.model.branch import Branch
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceKey, ServiceSlices
from kubectl_svcdoctor.model.finding import Finding, Key, Severity
from kubectl_svcdoctor.model.hops import SUBJECT, Status, Step, depth
from kubectl_svcdoctor.model.scope import Parts, Scope
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.subject import Subject

ALWAYS = ("spec", "selector", "pods", "ports", "slices")


def path(tree: Tree, findings: Sequence[Finding], raw: Sequence[Finding], scope: Scope) -> tuple[Step, ...]:
    """For each branch one step for each hop that its Service has; the first at which nobody gets further blocks what comes after it in this branch.

    `findings` are those of the report, `raw` the same of each branch by itself. Where the subject leads to several Services, it is the step that they
    have in common.
    """
    branches = [branch for branch in tree.branches if branch.weight]
    causes = {finding.key for finding in findings if finding.role == "cause"}
    told = [finding for finding in raw if finding.problem.severity is not Severity.INFO]
    steps: list[Step] = []
    if len(branches) > 1:
        subject = tree.trunk.need(Subject)
        assert isinstance(subject, Subject)
        status = _common(branches, told, scope)
        steps.append(Step(SUBJECT, "client", subject.short, status, f"{count(len(branches), 'Service')} lead to it", SUBJECT))
    for number, branch in enumerate(branches):
        here = [finding for finding in told if finding.within(branch.id)]
        prefix, parent = (f"{number}.", SUBJECT) if len(branches) > 1 else ("", "")
        steps += _branch(tree.leaves(branch), here, causes, scope.branches[branch.id], branch.id, prefix, parent)
    return tuple(steps)


def _common(branches: Sequence[Branch], told: Sequence[Finding], scope: Scope) -> Status:
    if scope.broken(told):
        return "broken"
    return "degraded" if any(finding.branches is None or finding.branches & {branch.id for branch in branches} for finding in told) else "ok"


def _branch(
    leaves: Sequence[Evidence], found: Sequence[Finding], causes: Collection[Key], parts: Parts, branch: str, prefix: str, parent: str
) -> Iterator[Step]:
    evidence = leaves[0]
    service = evidence.need(Service)
    if not isinstance(service, Service):
        key = evidence.need(ServiceKey)
        if isinstance(key, Irrelevant):
            yield Step("spec", "client", "service", "none", key.reason, f"{prefix}spec", parent, branch)
        return
    named = names(leaves)
    further = (*(("sts",) if isinstance(evidence.need(Governed), Governed) else ()), *(("dns",) if named and named.rows else ()),
               *(("netpol",) if isinstance(evidence.need(Isolated), Isolated) else ()),
               *(("proxy",) if any(isinstance(leaf.need(Reach), Reach) for leaf in leaves) else ()),
               *(("nodeport",) if any(view.answered for view in views_of(leaves)) else ()))
    hops = sorted({*_hops(service), *further, *(finding.hop for finding in found)}, key=depth)
    blocked, source = False, "client"
    for hop in hops:
        status = _status(hop, found, causes, evidence, blocked, parts)
        detail = DETAILS[hop](service, leaves) if hop in DETAILS else ""
        target = TARGETS.get(hop, hop).format(service=service)
        yield Step(hop, source, target, status, detail, f"{prefix}{hop}", parent, branch)
        blocked, source, parent = blocked or status == "broken", target, f"{prefix}{hop}"


def _hops(service: Service) -> tuple[str, ...]:
    if service.external:
        return ("spec",)
    return ALWAYS if service.selector else ("spec", "slices")


def _status(hop: str, findings: Sequence[Finding], causes: Collection[Key], evidence: Evidence, blocked: bool, parts: Parts) -> Status:
    here = [finding for finding in findings if finding.hop == hop]
    if parts.unserved(finding.problem for finding in here if finding.key in causes):
        return "broken"
    if blocked:
        return "blocked"
    if here:
        return "degraded"
    if hop == "dns" and not isinstance(evidence.need(Names), Names):
        return "none"
    needed: dict[str, type] = {"pods": SelectedPods, "ports": SelectedPods, "slices": ServiceSlices}
    known = evidence.need(needed[hop]) if hop in needed else None
    if isinstance(known, Unknown):
        return "unknown"
    if known == ():
        return "none"
    return "ok"
