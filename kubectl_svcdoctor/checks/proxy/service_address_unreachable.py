"""From a client's Pod the Service's address accepts no connection, while endpoints behind it do.

Why it breaks:
A ClusterIP is no machine's address: kube-proxy, or the network plugin in its place, writes rules on every node that forward it to the
endpoints. When all endpoints accept connections and the address does not, these rules are missing or old on the client's node, something drops
the packets there, or a label has taken the Service away from kube-proxy. When an endpoint is dead, the address fails for the connections that
are sent to it.

How to fix:
With all endpoints alive: try the address from another node (--from node/NAME). Where only one node fails, look at kube-proxy there: whether its
Pod runs, what its log says, and when it last wrote its rules (port 10256, /healthz). Where the network plugin stands in its place (Cilium, for
one), look at its agent. With a dead endpoint: look at what it belongs to. What is found out about kube-proxy of that node stands in the evidence; where
its rules are up to date, what is left shows only inside of the node, and the fix names where to look.

Look yourself:
kubectl get pods -A -o wide --field-selector spec.nodeName=NODE
kubectl get --raw /api/v1/nodes/NODE:10256/proxy/healthz
kubectl exec POD -- nc -w 2 CLUSTERIP PORT

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Unreached, Well
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.at_vantage import AtVantage
from kubectl_svcdoctor.graph.proxy.kube_proxy import InItsPlace
from kubectl_svcdoctor.graph.proxy.patterns import Hint, Hints
from kubectl_svcdoctor.graph.proxy.proxies import PROXY_NAME
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.graph.proxy.vantage import pods_on, proxy_health
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.command import diagnosis, kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.evidence import ServiceSlices, Vantage
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service

KEPT_OFF = Fix("run a Pod of the Service on that node, or set internalTrafficPolicy to Cluster if clients of every node are meant")


@symptom("NET101", "service-address-unreachable")
def service_address_unreachable(
    service: Service, reach: Reach, slices: ServiceSlices, vantage: Vantage, silent: Unreached | None = None, well: Well | None = None,
    proxy: AtVantage | None = None, place: InItsPlace | None = None, hints: Hints | None = None,
) -> Iterator[Problem]:
    """Where internalTrafficPolicy keeps a node without endpoints off, its clients are lost by design: an answer for a client that was named, and none for a
    Pod that was created there."""
    node = reach[0].vantage.node
    kept_off = _kept_off(service, slices, node)
    for tried in () if kept_off and vantage.created else reach:
        if not tried.shut_off:
            continue
        hint = hints.get(tried.port) if hints else None
        alive = sum(reply.open for *_, reply in tried.endpoints)
        behind = f"{alive} of {count(len(tried.endpoints), 'endpoint')} behind it accept{'s' if alive == 1 else ''} connections"
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.ERROR, partial=True,
            summary=f"{_said(tried)}; " + (f"internalTrafficPolicy is Local, and node {tried.vantage.node} has no endpoint" if kept_off else behind),
            evidence=(f"tried from node {node}",
                      *((behind,) if kept_off else (*_facts(service, tried, silent, well), *_of_node(node, proxy, place)))),
            fix=KEPT_OFF if kept_off else _fix(service, tried, place, hint),
            explains=("dns-address-silent", *(("dns-udp-conntrack-5s",) if hint else ())),  # what the node does to packets, it does to those too
        )


def _said(tried: Tried) -> str:
    """`Pod x does not reach the Service's address 10.96.0.10:80 (no answer)`, or in how many tries it does."""
    opened, every = tried.tries
    where, words = f"the Service's address {tried.address}:{tried.port.port}", tried.service.words if tried.service else ""
    return f"Pod {tried.vantage.pod} " + (f"reaches {where} in {opened} of {every} tries (else {words})" if opened else f"does not reach {where} ({words})")


def _kept_off(service: Service, slices: ServiceSlices, node: str) -> bool:
    local = service.spec.internal_traffic_policy == "Local"
    return local and not any(endpoint.ready and endpoint.node_name == node for part in slices for endpoint in part.endpoints or ())


def _facts(service: Service, tried: Tried, silent: Unreached | None, well: Well | None) -> Iterator[str]:
    yield f"{names([f'{address}:{port}' for address, port, reply in tried.endpoints if reply.open])} accept connections from there"
    if tried.dead:
        yield "no connection to " + names([f"{address}:{port} ({reply.words})" for address, port, reply in tried.dead])
    if not tried.complete:
        yield "not all endpoints behind the address were tried from there"
    if PROXY_NAME in service.labels:
        yield f"kube-proxy ignores the Service because of its label {PROXY_NAME}={service.labels[PROXY_NAME]}"
    if silent:
        yield f"the cluster's DNS at {silent.address} does not answer there either"
    if well and not well.cache:
        yield f"the cluster's DNS at {well.address} answers there, so the node forwards the addresses of other Services"


def _of_node(node: str, proxy: AtVantage | None, place: InItsPlace | None) -> Iterator[str]:
    if place:
        yield f"{place.name} forwards ClusterIPs, not kube-proxy ({place.told})"
    elif proxy and proxy.current:
        yield f"kube-proxy of node {node} says that its rules are up to date"
    elif proxy is None or proxy.state is None:
        yield f"whether kube-proxy of node {node} keeps its rules up to date was not checked"
    yield f"whether other nodes than {node} forward the address was not checked"


def _fix(service: Service, tried: Tried, place: InItsPlace | None, hint: Hint | None) -> Fix:
    node = tried.vantage.node
    if PROXY_NAME in service.labels:
        return Fix("remove the label, so that kube-proxy serves the Service", (kubectl("label", service, f"{PROXY_NAME}-", namespace=service.namespace),))
    if tried.dead:
        return Fix("look at what the endpoints belong to that accept no connections", (
            kubectl("get", "endpointslices", "-l", f"{SERVICE_NAME}={service.name}", "-o", "yaml", namespace=service.namespace),))
    others = sorted({pod.spec.node_name for pod, *_ in tried.pods if pod.spec.node_name not in ("", node)})
    control = (diagnosis(service, "--from", f"node/{others[0]}", namespace=service.namespace),) if others else ()
    if hint:
        return Fix(f"{hint.look}; try the address from another node too" if control else hint.look, (*control, pods_on(node)))
    if place:
        return Fix(f"try the address from another node, and look at the Pod of {place.name} on node {node}", (*control, pods_on(node)))
    return Fix(f"try the address from another node, and see whether kube-proxy, or what stands in its place, works on node {node}",
               (*control, pods_on(node), proxy_health(node)))
