"""Label selectors asked about labels of which only some may be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubectl_svcdoctor.graph.netpol.verdict import Answer, Undecided, all_of
from kubectl_svcdoctor.model.policy import LabelSelector, LabelSelectorRequirement


@dataclass(frozen=True, slots=True)
class Labels:
    """`known` are there; those of `other` are there with another value than this; where it is not `complete` there may be more.

    `whose` names them in a reason: "the labels of Namespace far".
    """

    whose: str
    known: Mapping[str, str]
    complete: bool = True
    other: Mapping[str, str] = field(default_factory=dict)


def selects(selector: LabelSelector, labels: Labels) -> Answer:
    """Whether a selector picks what has these labels (meta/v1 LabelSelector: all terms must hold; an empty one picks everything)."""
    equal = (LabelSelectorRequirement(key, "In", (value,)) for key, value in selector.match_labels.items())
    return all_of(_holds(term, labels) for term in (*equal, *selector.match_expressions))


def _holds(term: LabelSelectorRequirement, labels: Labels) -> Answer:
    """An operator that nobody knows holds for nothing; the API server refuses it."""
    if term.operator in ("Exists", "DoesNotExist"):
        present = _present(term.key, labels)
        return present if term.operator == "Exists" or isinstance(present, Undecided) else not present
    if term.operator in ("In", "NotIn"):
        among = _among(term.key, term.values, labels)
        return among if term.operator == "In" or isinstance(among, Undecided) else not among
    return False


def _present(key: str, labels: Labels) -> Answer:
    if key in labels.known or key in labels.other:
        return True
    return False if labels.complete else Undecided((f"{labels.whose} are not known",))


def _among(key: str, values: tuple[str, ...], labels: Labels) -> Answer:
    if key in labels.known:
        return labels.known[key] in values
    if labels.complete and key not in labels.other:
        return False
    possible = [value for value in values if key not in labels.other or value != labels.other[key]]
    return Undecided((f"{labels.whose} are not known",)) if possible else False
