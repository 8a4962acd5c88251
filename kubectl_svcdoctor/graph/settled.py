"""Whether a rollout has ended: all Pods are there that are wanted, and all of them serve.

The rules are those of `kubectl rollout status` (k8s.io/kubectl, pkg/polymorphichelpers/rollout_status.go), for whatever makes Pods behind a Service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import DaemonSet, Deployment, Pod, StatefulSet, Workload


def makers(service: Service) -> tuple[Query[Any], ...]:
    """The reads that tell how many Pods are wanted; none for a Service without a selector."""
    return tuple(Query(kind, service.namespace) for kind in (Deployment, StatefulSet, DaemonSet)) if service.selector else ()


def unsettled(service: Service, pods: Iterable[Pod], workloads: Iterable[Workload]) -> tuple[str, ...]:
    """What is still to come, a sentence for each workload that has not ended its rollout; empty when nothing is."""
    return tuple(_rolling(service, workloads)) or tuple(_starting([pod for pod in pods if not pod.finished]))


def _starting(pods: list[Pod]) -> Iterator[str]:
    ready = sum(pod.ready and not pod.terminating for pod in pods)
    if ready < len(pods):
        yield f"{_of(ready, len(pods))} ready"


def _of(number: int, every: int, whose: str = "") -> str:
    """`0 of 1 Pod of deployment/web is`, `2 of 3 Pods are`."""
    return f"{number} of {count(every)}{whose} {'is' if 1 in (number, every) else 'are'}"


def _rolling(service: Service, workloads: Iterable[Workload]) -> Iterator[str]:
    for workload in workloads:
        if not service.selector.items() <= workload.template_labels.items():
            continue
        status = workload.status
        wanted = status.desired_number_scheduled if workload.wanted is None else workload.wanted
        ready = status.number_ready if workload.wanted is None else status.ready_replicas
        new = status.updated_replicas if isinstance(workload, Deployment) else wanted
        if status.observed_generation < workload.metadata.generation:
            yield f"{workload.ref} was changed, and its controller has not acted on it yet"
        elif new < wanted:
            yield f"{_of(new, wanted, f' of {workload.ref}')} of the new version"
        elif ready < wanted:
            yield f"{_of(ready, wanted, f' of {workload.ref}')} ready"
