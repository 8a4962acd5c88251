"""The variables that the kubelet sets for Services (Docker links), and the words of a container that cannot read one.

Source: pkg/kubelet/kubelet_pods.go (getServiceEnvVarMap) and pkg/kubelet/envvars/envvars.go.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.pods.trouble import Crash
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.log import misreadings
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Container, PodLog

NEVER_RAN = frozenset({"StartError", "ContainerCannotRun"})


class CrashLog(tuple[PodLog, ...]):
    """The end of the log of one run of the first container that crashes; read only where Service variables are set in it."""


class LinkedServices(tuple[Service, ...]):
    """All Services of the namespace; read only where a crashing container complains of an address such as their variables hold."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A container that ends of `variable`, which has this value for that Service; `line` is its own. `alone`: no other container crashes."""

    crashes: Affected[Crash]
    service: Service
    variable: str
    value: str
    line: str
    alone: bool


@asks(CrashLog)
def crash_log(readiness: Readiness) -> Query[PodLog] | Irrelevant:
    crashes = _crashes(readiness)
    if not crashes:
        return Irrelevant("no container that has Service variables runs and crashes")
    first = crashes[0].first
    previous = (("previous", "true"),) * first.status.ended_before
    return Query(PodLog, first.pod.namespace, first.pod.name, fields=(("container", first.container.name), *previous))


@asks(LinkedServices)
def linked_services(log: CrashLog) -> Query[Service] | Irrelevant:
    if not log or not any(misreadings(log[0].text)):
        return Irrelevant("the crashing container does not complain of an address where it expects a number")
    return Query(Service, log[0].namespace)


@derives
def misread(readiness: Readiness, log: CrashLog, services: LinkedServices) -> Misread | Irrelevant:
    crashes = _crashes(readiness)
    for value, line in misreadings(log[0].text) if crashes and log else ():
        service = next((entry for entry in services if link(entry) == value), None)
        if service and not _own(crashes[0].first.container, variable(service), value):
            return Misread(crashes[0], service, variable(service), value, line, _alone(crashes[0], readiness))
    return Irrelevant("no Service variable holds what the container complains of")


def _crashes(readiness: Readiness) -> tuple[Affected[Crash], ...]:
    """Containers that ran and ended, in Pods with Service variables; together where they have the same owner and name."""
    groups = readiness.affected(Crash, lambda entry: (owner_of(entry.pod), entry.container.name))
    return tuple(group for group in groups if _ran(group.first) and group.first.pod.spec.enable_service_links is not False)


def _alone(crashes: Affected[Crash], readiness: Readiness) -> bool:
    """Whether no other container crashes, in these Pods or in others."""
    others = sum(len(group.troubles) for group in readiness.affected(Crash)) - len(crashes.troubles)
    return not others and not any(entry.beside for entry in crashes.troubles)


def _ran(crash: Crash) -> bool:
    return crash.end is not None and crash.end.reason not in NEVER_RAN


def _own(container: Container, name: str, value: str) -> bool:
    """Whether the value is the user's own: variables of the container come before those for Services, and it may name the address elsewhere."""
    told = (*container.command, *container.args, *(entry.value for entry in container.env))
    return any(entry.name == name for entry in container.env) or any(value in text for text in told)


def variable(service: Service) -> str:
    """`REDIS_PORT`: the variable that Docker has for the first port of a link."""
    return f"{service.name.upper().replace('-', '_')}_PORT"


def link(service: Service) -> str | None:
    """`tcp://10.96.1.2:6379`, the variable's value; None for a Service without a cluster IP, and for the API server's, whose variables nothing takes away."""
    address, ports = service.spec.cluster_ip, service.spec.ports
    if address in ("", "None") or not ports or (service.namespace, service.name) == ("default", "kubernetes"):
        return None
    host = f"[{address}]" if ":" in address else address
    return f"{ports[0].protocol.lower()}://{host}:{ports[0].port}"
