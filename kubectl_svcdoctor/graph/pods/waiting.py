"""The Services that Pods in trouble wait for: what their init containers and probes call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubectl_svcdoctor.graph.pods.affected import Affected, T, names
from kubectl_svcdoctor.graph.pods.called import by_name_alone, calls, means, meant
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import InitStuck, ReadinessFails, SidecarUnready, StartupFails, Trouble
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.model.calls import Call
from kubectl_svcdoctor.model.evidence import ServiceKey
from kubectl_svcdoctor.model.finding import Wait
from kubectl_svcdoctor.model.log import missing_names
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query

AT_MOST = 5


class CallableServices(tuple[Service, ...]):
    """The Services of the namespace; read only where a Pod in trouble calls a host."""


class CalledElsewhere(tuple[Service, ...]):
    """The Service of another namespace that the first such host means or may mean: one, or none where there is none, or it is a name of the outside."""


@dataclass(frozen=True, slots=True)
class MissingPort:
    """A port that is called and that the Service, which has a cluster IP, does not have: nothing behind that address takes it."""

    service: Service
    number: int

    @property
    def sentence(self) -> str:
        return f"Service {self.service.name} has no port {self.number}/TCP; it has {self.ports}"

    @property
    def ports(self) -> str:
        """The ports that it has."""
        return names([port.label for port in self.service.spec.ports])


@dataclass(frozen=True, slots=True)
class Awaited:
    """What hosts mean that Pods in trouble call: `keys` by host, and those `services` that are known to be there."""

    keys: Mapping[str, ServiceKey]
    services: Mapping[ServiceKey, Service]

    def of(self, group: Affected[T]) -> tuple[Wait, ...]:
        """The Services that these Pods wait for, in the order in which they are called, each once: up to one that lacks the port that is called."""
        found: dict[ObjectRef, bool] = {}
        for call, key in self._called(group):
            if self._lacks(call, key):
                break
            ref, service = ObjectRef("v1", "Service", key.namespace, key.name), self.services.get(key)
            found[ref] = found.get(ref, True) and service is not None and by_name_alone(call, service)
        return tuple(Wait(ref, alone) for ref, alone in found.items())

    def missing_port(self, group: Affected[T]) -> MissingPort | None:
        """The first port that these Pods call and that the Service does not have."""
        return next((MissingPort(self.services[key], call.port) for call, key in self._called(group) if self._lacks(call, key)), None)

    def told(self, group: Affected[T]) -> str:
        """That port as a fact, empty where there is none."""
        missing = self.missing_port(group)
        return missing.sentence if missing else ""

    def _called(self, group: Affected[T]) -> Iterator[tuple[Call, ServiceKey]]:
        found = dict.fromkeys(call for trouble in group.troubles for call in called(trouble))
        return ((call, self.keys[call.host]) for call in found if call.host in self.keys)

    def _lacks(self, call: Call, key: ServiceKey) -> bool:
        service = self.services.get(key)
        if service is None or not call.port or service.headless or service.external:
            return False
        return all((port.port, port.protocol) != (call.port, "TCP") for port in service.spec.ports)


@asks(CallableServices)
def callable_services(service: Service, readiness: Readiness) -> Query[Service] | Irrelevant:
    if not _hosts(service, readiness):
        return Irrelevant("no Pod in trouble calls another host")
    return Query(Service, service.namespace)


@asks(CalledElsewhere)
def called_elsewhere(service: Service, readiness: Readiness, services: CallableServices) -> Query[Service] | Irrelevant:
    here = {entry.name for entry in services}
    found = (meant(host, service.namespace, here) for host in _hosts(service, readiness))
    other = next((key for key, certain in found if key is not None and (not certain or key.namespace != service.namespace)), None)
    if other is None:
        return Irrelevant("every host that is called is a Service of the namespace, or certainly none of the cluster")
    return Query(Service, other.namespace, other.name)


@derives
def awaited(service: Service, readiness: Readiness, services: CallableServices, elsewhere: CalledElsewhere | None = None) -> Awaited:
    """A bare name means a Service even where there is none: then that is what is wrong. The Service itself is not waited for here."""
    here = {entry.name for entry in services}
    there = {ServiceKey(entry.namespace, entry.name): entry for entry in (*services, *(elsewhere or ()))}
    keys: dict[str, ServiceKey] = {}
    for host in _hosts(service, readiness)[:AT_MOST]:
        key, certain = meant(host, service.namespace, here)
        if key is not None and (certain or key in there) and key != ServiceKey(service.namespace, service.name):
            keys[host] = key
    return Awaited(keys, there)


def called(trouble: Trouble) -> tuple[Call, ...]:
    """What the container calls whose trouble this is, by its command or by its probe; first the hosts that the probe could not look up, as it says itself."""
    if isinstance(trouble, InitStuck):
        return trouble.asked
    if isinstance(trouble, StartupFails | ReadinessFails | SidecarUnready):
        container = trouble.container
        probe = container.startup_probe if isinstance(trouble, StartupFails) else container.readiness_probe
        command = probe.exec.command if probe is not None and probe.exec is not None else ()
        told = (Call(host, lookup=True) for host in missing_names(trouble.message))
        return tuple(dict.fromkeys((*told, *calls(container, command))))
    return ()


def _hosts(service: Service, readiness: Readiness) -> list[str]:
    """Each host once; the Pod's own, and the Service that is examined, are no matter."""
    found = dict.fromkeys(call.host for trouble in readiness.troubles for call in called(trouble))
    return [host for host in found if host != "localhost" and not means(host, service) and meant(host, service.namespace, ())[0] is not None]
