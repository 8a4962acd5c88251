"""A selector beside the labels of Pods: which pairs agree, and how each of the others misses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.selector.words import distance, manner, misspelt, pairs, resemble

IDENTITY = (
    "app.kubernetes.io/name", "app", "k8s-app", "name", "run", "application", "service", "app.kubernetes.io/component", "component",
)
"""Keys that say which application it is (recommended labels, and what kubectl and charts have used), the most telling first."""

DELIVERED = "rollouts-pod-template-hash"
"""The label by which Argo Rollouts points a Service at one version: the controller writes it into the selector, and moves it when it promotes."""

REVISION = ("pod-template-hash", "controller-revision-hash", "pod-template-generation", DELIVERED)
"""Labels that controllers give to the Pods of one revision; a selector that names one goes stale with the next rollout."""

GIVEN = frozenset((*REVISION, "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index"))
"""Labels that no template carries, since controllers give them to single Pods."""

_GENERIC = frozenset(("", "true", "false", "yes", "no", "on", "off", "enabled", "disabled", "0", "1"))
_COLOUR_KEYS = frozenset(("version", "color", "colour", "track", "slot", "release-track", "deployment", "stage"))
_COLOUR = re.compile(r"(^|[-_.])(blue|green|canary|stable|active|preview|baseline|v\d+([.-]\d+)*|\d+(\.\d+)+)($|(?=[-_.]))")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a selector asks for, and labels give.

    `equal`: the pairs that agree. `values`: key → (wanted, present). `keys`: wanted key → the key that has the wanted value.
    `swapped`: pairs that stand the other way round. `missing`: pairs of which there is no trace. `corrected` is the selector that fits.
    """

    equal: Mapping[str, str]
    values: Mapping[str, tuple[str, str]]
    keys: Mapping[str, str]
    swapped: Mapping[str, str]
    missing: Mapping[str, str]
    corrected: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many pairs of the selector miss; 0 when it matches."""
        return len(self.values) + len(self.keys) + len(self.swapped) + len(self.missing)

    @property
    def cost(self) -> int:
        """How far apart, for ranking differences of the same count: letters for values that resemble, ten for those that do not."""
        far = sum(distance(*value) if resemble(*value) else 10 for value in self.values.values())
        return far + len(self.keys) + len(self.swapped) + len(self.missing)

    @property
    def colour(self) -> str:
        """The one key by which two versions of the same application differ; empty when that is not all."""
        if self.count != 1 or len(self.values) != 1:
            return ""
        (key, (wanted, present)), = self.values.items()
        if key.rsplit("/", 1)[-1] in _COLOUR_KEYS:
            both = _COLOUR.search(wanted) is not None and _COLOUR.search(present) is not None
            return key if self.equal and (both or not resemble(wanted, present)) else ""
        return key if _COLOUR.search(wanted) and _COLOUR.sub("", wanted) == _COLOUR.sub("", present) else ""

    @property
    def revision(self) -> Mapping[str, str]:
        """The pairs that name one revision; the selector matches again without them."""
        gone = {key: wanted for key, (wanted, _) in self.values.items() if key in REVISION}
        return gone | {key: value for key, value in self.missing.items() if key in REVISION}

    @property
    def sentences(self) -> tuple[str, ...]:
        """How each pair misses, one a line; values that have nothing in common give none."""
        told = [f"{key}={wanted} and {key}={present} differ {how}" for key, (wanted, present) in self.values.items()
                if (how := manner(wanted, present))]
        if self.equal and self.count:
            told.append(f"the other {'pair matches' if len(self.equal) == 1 else 'pairs match'}: {pairs(self.equal)}")
        return tuple(told)


def compare(selector: Mapping[str, str], labels: Mapping[str, str]) -> Difference:
    """Each pair of the selector counts once. A key with another value is a wrong key when the value stands elsewhere and does not resemble."""
    equal = {key: value for key, value in selector.items() if labels.get(key) == value}
    values: dict[str, tuple[str, str]] = {}
    keys: dict[str, str] = {}
    swapped: dict[str, str] = {}
    missing: dict[str, str] = {}
    for key, value in selector.items():
        if key in equal:
            continue
        present = labels.get(key)
        other = _key_of(key, value, labels, taken={*equal, *keys.values()})
        if present is not None and (resemble(value, present) or not other):
            values[key] = (value, present)
        elif other:
            keys[key] = other
        elif labels.get(value) == key:
            swapped[key] = value
        else:
            missing[key] = value
    corrected = {**equal, **{key: present for key, (_, present) in values.items() if key not in REVISION}}
    corrected |= {other: selector[key] for key, other in keys.items()} | {value: key for key, value in swapped.items()}
    return Difference(equal, values, keys, swapped, missing, corrected)


def _key_of(key: str, value: str, labels: Mapping[str, str], taken: set[str]) -> str:
    """The key, other than the wanted one, that has the wanted value; the most similar one when there are several."""
    found = [other for other, present in labels.items() if present == value and other not in {key, *taken} and other not in GIVEN]
    last = key.rsplit("/", 1)[-1]
    nearest = sorted(found, key=lambda other: (other.rsplit("/", 1)[-1] != last, other not in IDENTITY, distance(key, other), other))
    return nearest[0] if nearest and value not in _GENERIC else ""


def coloured(value: str) -> bool:
    """Whether a name or a label's value speaks of one of several versions that serve the same: `web-canary`, `blue`, `v2`."""
    return _COLOUR.search(value) is not None


def plausible(difference: Difference, namesake: bool, alone: bool, serves: bool) -> bool:
    """Whether the selector can have been meant for these labels, so that naming them helps and does not mislead.

    `namesake`: the workload is called as the Service. `alone`: no other workload has the pairs that agree. `serves`: its containers do not
    contradict the Service's ports. A value may differ when it resembles, or when other pairs say which application it is.
    """
    if not difference.corrected:
        return False
    agreeing = {*difference.equal, *difference.keys.values(), *difference.swapped.values()}
    known = bool(agreeing & set(IDENTITY)) or (bool(difference.equal) and alone)
    alike = resemble if serves else misspelt
    strange = [key for key, value in difference.values.items() if not alike(*value) and not (known and serves and key not in IDENTITY)]
    if strange and not namesake and not difference.colour:
        return False
    return not difference.missing or known or namesake
