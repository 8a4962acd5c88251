"""What a step of the path says of its hop: what was there, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_svcdoctor.graph.dns.table import names
from kubectl_svcdoctor.graph.evidence import Evidence
from kubectl_svcdoctor.graph.local import Doors, LocalReplies
from kubectl_svcdoctor.graph.local import told as dialled_from_here
from kubectl_svcdoctor.graph.netpol.backends import Isolated
from kubectl_svcdoctor.graph.netpol.words import policies_text
from kubectl_svcdoctor.graph.nodeport.views import LocalView, PodView, View
from kubectl_svcdoctor.graph.proxy.node_states import NodeTroubles
from kubectl_svcdoctor.graph.proxy.tried import Reach
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.graph.sts.governed import Governed, SetPods
from kubectl_svcdoctor.model.evidence import SelectedPods, ServiceSlices, Vantage
from kubectl_svcdoctor.model.service import Service, ServicePort
from kubectl_svcdoctor.model.snapshot import Irrelevant, Unknown
from kubectl_svcdoctor.model.workload import Pod


def _spec(service: Service, leaves: Sequence[Evidence]) -> str:
    if service.external:
        return f"ExternalName {service.spec.external_name}"
    address = ", ".join(service.spec.cluster_ips) or service.spec.cluster_ip
    kind = "headless" if service.headless else f"{service.spec.type} {address}"
    ports = ", ".join(f"{port.label} → {port.target}" for port in service.spec.ports)
    return f"{kind}, {ports}" if ports else kind


def _selector(service: Service, leaves: Sequence[Evidence]) -> str:
    pairs = ",".join(f"{key}={value}" for key, value in sorted(service.selector.items()))
    pods = leaves[0].need(SelectedPods)
    return f"{pairs} ({count(len(pods), 'Pod')})" if isinstance(pods, SelectedPods) else pairs


def _pods(service: Service, leaves: Sequence[Evidence]) -> str:
    pods = leaves[0].need(SelectedPods)
    if not isinstance(pods, SelectedPods):
        return _unseen(pods)
    living = [pod for pod in pods if not pod.finished]
    staying = [pod for pod in living if not pod.terminating]
    going = f"{len(living) - len(staying)} terminating" if len(staying) < len(living) else ""
    ready = f"{sum(pod.ready for pod in staying)} of {len(staying)} ready" if staying else ""
    return ", ".join(filter(None, (ready, going))) or "none"


def _serves(pod: Pod) -> bool:
    return pod.ready and not pod.terminating


def _slices(service: Service, leaves: Sequence[Evidence]) -> str:
    slices = leaves[0].need(ServiceSlices)
    if not isinstance(slices, ServiceSlices):
        return _unseen(slices)
    endpoints = [endpoint for part in slices for endpoint in part.endpoints or ()]
    names = ", ".join(sorted(part.name for part in slices)[:2]) + (f" and {len(slices) - 2} more" if len(slices) > 2 else "")
    ready = sum(endpoint.ready for endpoint in endpoints)
    portless = ", but no port" if endpoints and service.spec.ports and not any(part.ports for part in slices) else ""
    return f"{names}: {ready} of {count(len(endpoints), 'endpoint')} ready{portless}" if slices else "none"


def _ports(service: Service, leaves: Sequence[Evidence]) -> str:
    """Where each Service port leads in the living Pods; a port that some of them lack says in how many it is."""
    pods = leaves[0].need(SelectedPods)
    if not isinstance(pods, SelectedPods):
        return _unseen(pods)
    living = [pod for pod in pods if not pod.finished]
    return ", ".join(_leads(port, living) for port in service.spec.ports) if living else ""


def _leads(port: ServicePort, pods: list[Pod]) -> str:
    numbers = [number for pod in pods if (number := target_number(port, pod)) is not None]
    shown = f"{port.label} → " + (", ".join(map(str, sorted(set(numbers)))) or str(port.target))
    return shown if len(numbers) == len(pods) else f"{shown} in {len(numbers) or 'none'} of {count(len(pods), 'Pod')}"


def _sts(service: Service, leaves: Sequence[Evidence]) -> str:
    """The StatefulSet, how many of its Pods are ready, and what their names are to be."""
    which, pods = leaves[0].need(Governed), leaves[0].need(SetPods)
    if not isinstance(which, Governed):
        return ""
    ready = f"{sum(_serves(pod) for pod in pods)} of {which.set.wanted} ready" if isinstance(pods, SetPods) else _unseen(pods)
    called = which.pod_names
    below = f", called {called[0]}.{which.governing}" + (f" to {called[-1]}.{which.governing}" if len(called) > 1 else "") if called and which.governing else ""
    return f"{which.set.name}: {ready}{below}"


def _dns(service: Service, leaves: Sequence[Evidence]) -> str:
    """The Service's own name, what it should give, and by how many servers it does."""
    known = names(leaves)
    if known is None or not known.rows:
        return ""
    row = next((row for row in known.rows if row.record.name.startswith(f"{service.name}.{service.namespace}.")), known.rows[-1])
    leads = f"{row.record.name} → {', '.join(row.record.values[:3]) or 'no record'}"
    return f"{leads}, as {len(row.right)} of {count(len(row.told), 'server')} answer" if row.told else f"{leads} (not asked)"


def _netpol(service: Service, leaves: Sequence[Evidence]) -> str:
    """The policies that limit who may call the Pods."""
    found = leaves[0].need(Isolated)
    return f"ingress of {count(len(found.pods), 'Pod')} limited by {policies_text(found.policies)}" if isinstance(found, Isolated) else ""


def _proxy(service: Service, leaves: Sequence[Evidence]) -> str:
    """What each vantage reaches: the Service's address, and the Pods behind; from this machine, what is open to the outside; and where kube-proxy does not
    work."""
    seen = [_reached(tried, vantage.label) for leaf in leaves
            if isinstance(tried := leaf.need(Reach), Reach) and isinstance(vantage := leaf.need(Vantage), Vantage)]
    doors, replies = leaves[0].need(Doors), leaves[0].need(LocalReplies)
    dialled = dialled_from_here(doors, replies) if isinstance(doors, Doors) and isinstance(replies, LocalReplies) else []
    opened = sum(reply.outcome == "open" for _, reply in dialled)
    seen += [found.words for leaf in leaves if isinstance(found := leaf.need(NodeTroubles), NodeTroubles)]
    return "; ".join(dict.fromkeys([*filter(None, seen), *([f"from this machine: {opened} of {count(len(dialled), 'address')} open"] if dialled else [])]))


def _reached(tried: Reach, label: str) -> str:
    found = [f"{entry.address}:{entry.port.port} {entry.shown}" for entry in tried if entry.service]
    behind = [reply.open for entry in tried for _, _, reply in entry.pods]
    found += [f"{sum(behind)} of {count(len(behind), 'Pod port')} behind it open"] if behind else []
    return f"from {label}: {', '.join(found)}"


def _nodeport(service: Service, leaves: Sequence[Evidence]) -> str:
    """At how many of the nodes that should forward a node port each vantage gets through."""
    return "; ".join(_opened(view) for view in views_of(leaves))


def views_of(leaves: Sequence[Evidence]) -> list[View]:
    """What vantages see of node ports, this machine first."""
    found = [leaves[0].need(LocalView), *(leaf.need(PodView) for leaf in leaves)]
    return [view for view in found if isinstance(view, View)]


def _opened(view: View) -> str:
    should = [attempt for attempt in view.attempts if attempt.door.serves]
    some = ", with failures" if any(attempt.came and not attempt.forwards for attempt in should) else ""
    return f"{sum(bool(attempt.came) for attempt in should)} of {count(len(should), 'node port')} open from {view.label}{some}"


def _unseen(value: object) -> str:
    if isinstance(value, Unknown):
        return f"not seen: {value.why}"
    return value.reason if isinstance(value, Irrelevant) else ""


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


DETAILS = {"spec": _spec, "selector": _selector, "pods": _pods, "ports": _ports, "slices": _slices, "sts": _sts, "dns": _dns, "netpol": _netpol,
            "proxy": _proxy, "nodeport": _nodeport}
TARGETS = {
    "spec": "service/{service.metadata.name}", "selector": "selector of service/{service.metadata.name}",
    "pods": "pods", "ports": "container ports", "slices": "EndpointSlices of service/{service.metadata.name}",
    "sts": "Pods of the StatefulSet",
    "dns": "name of service/{service.metadata.name}",
    "netpol": "NetworkPolicies of the Pods",
    "proxy": "address of service/{service.metadata.name}",
    "nodeport": "node ports of service/{service.metadata.name}",
}
