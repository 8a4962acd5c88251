"""Rollouts (Argo): a Deployment of another kind, which not every cluster has."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from kubectl_svcdoctor.model.meta import Brought, Resource, Value
from kubectl_svcdoctor.model.workload import TemplateMeta

POD_HASH = "rollouts-pod-template-hash"
"""The label by which a Rollout's Services tell its revisions apart; its controller writes it to the Pods and to the selectors."""


class RolloutTemplate(Value, frozen=True):
    metadata: TemplateMeta = msgspec.field(default_factory=TemplateMeta)


class RolloutSpec(Value, frozen=True):
    """`template` is empty where `workloadRef` names a Deployment that has it."""

    replicas: int | None = None
    template: RolloutTemplate = msgspec.field(default_factory=RolloutTemplate)


class Rollout(Brought, frozen=True):
    """Source: argo-rollouts, pkg/apis/rollouts/v1alpha1."""

    resource: ClassVar[Resource] = Resource("argoproj.io", "v1alpha1", "rollouts", "Rollout")
    spec: RolloutSpec = msgspec.field(default_factory=RolloutSpec)

    @property
    def wanted(self) -> int:
        """Replicas asked for; one by default."""
        return 1 if self.spec.replicas is None else self.spec.replicas

    def makes(self, selector: dict[str, str]) -> bool:
        """Whether its Pods have these labels, the revision's own aside."""
        labels = self.spec.template.metadata.labels
        return bool(labels) and {key: value for key, value in selector.items() if key != POD_HASH}.items() <= labels.items()
