"""What an examination leaves out, as values that a report lists with the way to check it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from kubectl_svcdoctor.graph.dns.from_pod import Heard
from kubectl_svcdoctor.graph.local import UntriedHere
from kubectl_svcdoctor.graph.netpol.further import UnevaluatedPolicies
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.reach import Answered
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.graph.untried import UntriedEndpoints, UntriedPods, UntriedPorts
from kubectl_svcdoctor.judge import Judgement
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.dns import Names
from kubectl_svcdoctor.model.evidence import Vantage
from kubectl_svcdoctor.model.hops import HOPS, depth
from kubectl_svcdoctor.model.questions import Dial
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.model.subject import PodSubject, Subject

# What is there once a hop that takes probes has been asked.
_TOLD: dict[str, tuple[type, ...]] = {"dns": (Names, Heard), "proxy": (Reach,)}
_UNTRIED = (UntriedPods, UntriedPorts, UntriedEndpoints, UntriedHere, UnevaluatedPolicies)


def left_out(judgement: Judgement, subject: Subject, vantages: Collection[Vantage], many: bool = False) -> tuple[Unknown, ...]:
    """What comes after a cause that leaves all clients without service, and what only the Pod that is examined can tell. `many`: it stands among those of
    other subjects."""
    return (*(_skipped(judgement) or _untried(judgement, many)), *_unentered(subject, vantages))


def answered(tree: Tree) -> frozenset[str]:
    """What a probe could not tell, and a connection from a vantage did, as the question is called."""
    found = (leaf.need(Answered) for branch in tree.branches for leaf in tree.leaves(branch))
    return frozenset().union(*(value for value in found if isinstance(value, Answered)))


def reached(tree: Tree) -> tuple[str, ...]:
    """The vantages from which everything that was tried of all Services was reached."""
    seen = [[(leaf.need(Vantage), leaf.need(Reach)) for leaf in tree.leaves(branch)] for branch in tree.branches]
    labels = [{vantage.label for vantage, value in views if isinstance(vantage, Vantage) and isinstance(value, Reach) and value.everything} for views in seen]
    return tuple(vantage.label for vantage, _ in seen[0] if isinstance(vantage, Vantage) and all(vantage.label in entry for entry in labels))


def each(asked: Iterable[Question], told: Mapping[Question, Reply]) -> dict[Question, Reply]:
    """A reply for each question. One that the prober leaves out would be asked for ever."""
    unanswered = ("crashed", "the prober returned no reply", "this is a defect of kubectl svcdoctor: please report it with a recording (--record FILE)")
    return {question: told[question] if question in told else Unknown(question.what, *unanswered) for question in asked}


def _unentered(subject: Subject, vantages: Collection[Vantage]) -> tuple[Unknown, ...]:
    """A Pod as subject is a client, and what a client sees shows only inside of it."""
    if not isinstance(subject, PodSubject) or any((vantage.namespace, vantage.name) == (subject.namespace, subject.name) for vantage in vantages):
        return ()
    pod = f"pod/{subject.name}"
    return (Unknown(f"what Pod {subject.name} itself resolves and reaches", "not-tried", "nothing is run in a Pod that --from does not name",
                    str(diagnosis(pod, "--from", pod, namespace=subject.namespace))),)


def _untried(judgement: Judgement, many: bool) -> tuple[Unknown, ...]:
    """What no connection tells of the Services that the subject leads to; where these are several, each says of which."""
    tree = judgement.tree
    several = many or len(tree.branches) > 1
    found: list[Unknown] = []
    for branch in tree.branches:
        values = (leaf.need(kind) for leaf in tree.leaves(branch) for kind in _UNTRIED)
        of = f" (Service {branch.service.namespace}/{branch.service.name})" if several and branch.service else ""
        found += (replace(unknown, what=unknown.what + of) for value in values if isinstance(value, _UNTRIED) for unknown in value)
    return tuple(dict.fromkeys(found))


def _skipped(judgement: Judgement) -> tuple[Unknown, ...]:
    """What nobody asks any more, in the branches that are the subject's own: what listens, and the hops whose checks wait for anything else. Of a hop that was
    asked in part, what is left is the rest."""
    ours = {None, *(branch.id for branch in judgement.tree.branches)}
    waiting = {(isinstance(question, Dial), entry.hop) for question, places in judgement.questions.items() for entry in places if entry.branch in ours}
    if not waiting:
        return ()
    leaves = [leaf for branch in judgement.tree.branches for leaf in judgement.tree.leaves(branch)]
    begun = {hop for hop, kinds in _TOLD.items() if any(isinstance(leaf.need(kind), kind) for leaf in leaves for kind in kinds)}
    hops = sorted({hop for listens, hop in waiting if not listens}, key=depth)
    called = ["what listens in the Pods"] * any(listens for listens, _ in waiting) + [f"the rest of {HOPS[hop]}" if hop in begun else HOPS[hop] for hop in hops]
    what = " and ".join(filter(None, (", ".join(called[:-1]), called[-1])))
    of = _of_branches(judgement, {entry.branch for places in judgement.questions.values() for entry in places})
    return (Unknown(what, "not-tried", f"the cause that was found leaves all clients{of} without service", "fix that first, or give --ask-everything"),)


def _of_branches(judgement: Judgement, waiting: Collection[str | None]) -> str:
    """` of Service shop/db`: whose clients, where the subject's other Services have others."""
    all_branches = judgement.tree.branches
    found = [f"{branch.service.namespace}/{branch.service.name}" for branch in all_branches if branch.service and branch.id in waiting]
    return "" if None in waiting or len(found) == len(all_branches) or not found else f" of Service{'s' if len(found) > 1 else ''} {names(found)}"
