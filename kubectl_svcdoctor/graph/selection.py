"""Which Pods a selector that matches nothing was probably meant for."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.model.evidence import NamespacePods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest Pods to a selector that matches none.

    `values`: key → (wanted, present) where only the value differs. `keys`: wanted key → the key that carries the value. `extra`: pairs that
    the Pods lack altogether.
    """

    values: dict[str, tuple[str, str]]
    keys: dict[str, str]
    extra: dict[str, str]
    whose: str
    evidence: tuple[str, ...]
    corrected: dict[str, str]

    @property
    def corrected_text(self) -> str:
        return ",".join(f"{key}={value}" for key, value in sorted(self.corrected.items()))


@derives
def near_miss(service: Service, pods: NamespacePods) -> NearMiss | Irrelevant:
    wanted = service.selector
    best = max((pod for pod in pods if not pod.finished), default=None,
               key=lambda pod: sum(pod.labels.get(key) == value for key, value in wanted.items()))
    if best is None:
        return Irrelevant("there is no Pod to compare with")
    values = {key: (value, best.labels[key]) for key, value in wanted.items()
              if key in best.labels and best.labels[key] != value}
    extra = {key: value for key, value in wanted.items() if key not in best.labels}
    corrected = {key: best.labels[key] for key in wanted if key in best.labels}
    same = sum(all(pod.labels.get(key) == value for key, value in corrected.items()) for pod in pods)
    return NearMiss(values, {}, extra, f"{same} Pods have", (), corrected)
