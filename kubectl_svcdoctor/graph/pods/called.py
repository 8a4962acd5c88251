"""Which hosts a container's command calls, and which Services those names mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kubectl_svcdoctor.model.calls import Call, called
from kubectl_svcdoctor.model.evidence import ServiceKey
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Container


def calls(container: Container, words: Sequence[str]) -> tuple[Call, ...]:
    """What a command of this container calls, in its order, with the container's variables filled in."""
    return called(words, {entry.name: entry.value for entry in container.env})


def by_name_alone(call: Call, service: Service) -> bool:
    """Whether the call is content with the Service's name, which resolves without any endpoint: that of a Service with a cluster IP, looked up."""
    return call.lookup and not service.headless and not service.external


def means(host: str, service: Service) -> bool:
    """Whether a host is one of the Service's own DNS names, to a Pod of its namespace."""
    labels = host.rstrip(".").split(".")
    return labels[0] == service.name and labels[1:2] in ([], [service.namespace]) and labels[2:3] in ([], ["svc"])


def meant(host: str, namespace: str, services: Collection[str]) -> tuple[ServiceKey | None, bool]:
    """The Service that a host means to a Pod of the namespace, whose Services have these names; and whether it is certain that it means one.

    A name with dots may be one of the outside as well: then only the Service, if there is one, makes it certain.
    """
    labels = host.rstrip(".").split(".")
    if "svc" in labels[1:]:
        labels = labels[:labels.index("svc", 1)]
        return (ServiceKey(labels[-1], labels[-2]), True) if len(labels) in (2, 3) else (None, False)
    if len(labels) == 1:
        return ServiceKey(namespace, labels[0]), True
    if len(labels) == 2 and labels[1] in services:
        return ServiceKey(namespace, labels[1]), True
    if labels[-1] == namespace:
        return (ServiceKey(namespace, labels[-2]), True) if len(labels) in (2, 3) else (None, False)
    return (ServiceKey(labels[1], labels[0]) if len(labels) == 2 else None), False
