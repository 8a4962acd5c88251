"""The Services that Pods in trouble wait for: what their init containers and probes call."""

from __future__ import annotations

from kubectl_svcdoctor.graph.affected import Affected, T
from kubectl_svcdoctor.graph.called import calls, means, meant
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.readiness import Readiness
from kubectl_svcdoctor.graph.trouble import InitStuck, ReadinessFails, SidecarUnready, StartupFails, Trouble
from kubectl_svcdoctor.model.evidence import ServiceKey
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query

AT_MOST = 3


class CallableServices(tuple[Service, ...]):
    """The Services of the namespace; read only where a Pod in trouble calls a host."""


class CalledElsewhere(tuple[Service, ...]):
    """The Service of another namespace that the first such host may mean: one, or none where it is a name of the outside."""


class Awaited(dict[str, ServiceKey]):
    """Hosts that Pods in trouble call, and the Services that they mean."""

    def of(self, group: Affected[T]) -> tuple[ObjectRef, ...]:
        """The Services that these Pods wait for."""
        keys = dict.fromkeys(self[host] for trouble in group.troubles for host in hosts(trouble) if host in self)
        return tuple(ObjectRef("v1", "Service", key.namespace, key.name) for key in keys)


@asks(CallableServices)
def callable_services(service: Service, readiness: Readiness) -> Query[Service] | Irrelevant:
    if not _hosts(service, readiness):
        return Irrelevant("no Pod in trouble calls another host")
    return Query(Service, service.namespace)


@asks(CalledElsewhere)
def called_elsewhere(service: Service, readiness: Readiness, services: CallableServices) -> Query[Service] | Irrelevant:
    names = {entry.name for entry in services}
    found = (meant(host, service.namespace, names) for host in _hosts(service, readiness))
    unsure = next((key for key, certain in found if key is not None and not certain), None)
    if unsure is None:
        return Irrelevant("every host that is called is a name of the cluster, or certainly none")
    return Query(Service, unsure.namespace, unsure.name)


@derives
def awaited(service: Service, readiness: Readiness, services: CallableServices, elsewhere: CalledElsewhere | None = None) -> Awaited:
    """A bare name means a Service even where there is none: then that is what is wrong. The Service itself is not waited for here."""
    names = {entry.name for entry in services}
    there = {ServiceKey(entry.namespace, entry.name) for entry in elsewhere or ()}
    found = Awaited()
    for host in _hosts(service, readiness)[:AT_MOST]:
        key, certain = meant(host, service.namespace, names)
        if key is not None and (certain or key in there) and key != ServiceKey(service.namespace, service.name):
            found[host] = key
    return found


def hosts(trouble: Trouble) -> tuple[str, ...]:
    """What the container calls whose trouble this is, by its command or by its probe."""
    if isinstance(trouble, InitStuck):
        return trouble.asked
    if isinstance(trouble, StartupFails | ReadinessFails | SidecarUnready):
        container = trouble.container
        probe = container.startup_probe if isinstance(trouble, StartupFails) else container.readiness_probe
        return calls(container, probe.exec.command) if probe is not None and probe.exec is not None else ()
    return ()


def _hosts(service: Service, readiness: Readiness) -> list[str]:
    """Each host once; the Pod's own, and the Service that is examined, are no matter."""
    found = dict.fromkeys(host for trouble in readiness.troubles for host in hosts(trouble))
    return [host for host in found if host != "localhost" and not means(host, service) and meant(host, service.namespace, ())[0] is not None]
