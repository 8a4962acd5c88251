"""Which IP families a Service has, and which of them its Pods have."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.provide import derives
from kubectl_svcdoctor.graph.slices.controllers import counts, families, family_of
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True, slots=True)
class Families:
    """The Service's families, those that at least one Pod has, and those that all Pods lack although the Service has them."""

    wanted: tuple[str, ...]
    present: tuple[str, ...]
    lacking: tuple[str, ...]
    example: Pod


@derives
def pod_families(service: Service, pods: SelectedPods) -> Families | Irrelevant:
    living = [pod for pod in pods if counts(service, pod)]
    if not living:
        return Irrelevant("no Pod has an address yet")
    present = tuple(sorted({family_of(address) for pod in living for address in pod.addresses}))
    wanted = families(service)
    return Families(wanted, present, tuple(family for family in wanted if family not in present), living[0])
