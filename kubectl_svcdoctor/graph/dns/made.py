"""The Pods of the cluster's DNS servers and what made them, so that a fix names what there is and not what some distribution calls it."""

from __future__ import annotations

from kubectl_svcdoctor.graph.dns.differences import Silent, Slow, Unserved, WrongAnswers
from kubectl_svcdoctor.graph.dns.servers import DNS_PORT, ClusterDNS
from kubectl_svcdoctor.graph.pods.template import replaced, restarts
from kubectl_svcdoctor.graph.provide import asks
from kubectl_svcdoctor.model.command import Command, kubectl, selector
from kubectl_svcdoctor.model.finding import Fix, Patch, patch_command
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.questions import Server
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query, labels
from kubectl_svcdoctor.model.workload import Pod


class ServerPods(tuple[Pod, ...]):
    """The Pods that the DNS Service selects; read only where one of them answers wrongly, late or not at all."""


@asks(ServerPods)
def server_pods(
    dns: ClusterDNS, quiet: Silent | None = None, lost: Unserved | None = None, wrong: WrongAnswers | None = None, late: Slow | None = None
) -> Query[Pod] | Irrelevant:
    if not (quiet or lost or wrong or late):
        return Irrelevant("every DNS server answers as it should")
    if not dns.service.selector:
        return Irrelevant("the DNS Service selects no Pods")
    return Query(Pod, dns.namespace, labels=labels(dns.service.selector))


def restart_of(server: Server, pods: ServerPods | None) -> tuple[Command, ...]:
    """What restarts this one server: its controller recreates it. A look at it where that is not known."""
    pod = next((pod for pod in pods or () if pod.name == server.pod), None)
    ref = ObjectRef("v1", "Pod", server.namespace, server.pod)
    if pod is not None and replaced(pod):
        return (kubectl("delete", ref, namespace=server.namespace),)
    return (kubectl("get", ref, "-o", "yaml", namespace=server.namespace),)


def restart_of_all(dns: ClusterDNS, pods: ServerPods | None) -> tuple[Command, ...]:
    """What restarts all servers, one after another."""
    return restarts(pods) if pods else (server_list(dns),)


def server_list(dns: ClusterDNS) -> Command:
    return kubectl("get", "pods", *_selecting(dns), "-o", "wide", namespace=dns.namespace)


def load(dns: ClusterDNS) -> Command:
    """CPU and memory that the servers use."""
    return kubectl("top", "pods", *_selecting(dns), namespace=dns.namespace)


def logs(dns: ClusterDNS) -> Command:
    """The last lines of every server."""
    return kubectl("logs", *_selecting(dns), "--tail=20", namespace=dns.namespace) if dns.service.selector else server_list(dns)


def retarget(dns: ClusterDNS, number: int) -> Fix:
    """Lets port 53 over UDP target that port of the Pods. Not a patch to be tried on the data: what answers then is for a query to say."""
    place, port = next((place, port) for place, port in enumerate(dns.service.spec.ports) if (port.port, port.protocol) == (DNS_PORT, "UDP"))
    patch = Patch(dns.service.ref, "json", [
        {"op": "test", "path": f"/spec/ports/{place}/port", "value": port.port},
        {"op": "add", "path": f"/spec/ports/{place}/targetPort", "value": number}])
    return Fix(f"let the DNS Service target port {number} over UDP", (patch_command(patch),))


def _selecting(dns: ClusterDNS) -> tuple[str, ...]:
    return ("-l", selector(dns.service.selector)) if dns.service.selector else ()
