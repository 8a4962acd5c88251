"""A hand-made EndpointSlice gives its port no number.

Why it breaks:
A slice port may be null or 0 as far as the API server is concerned, and a slice may list no port at all.
kube-proxy skips such ports: it cannot know where to send a connection, so the Service has no endpoint
although the addresses read ready.

How to fix:
Write the number on which the endpoints listen.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o jsonpath='{.items[*].ports}'

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/endpointslicecache.go
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.graph.slices.handmade import PortFault, PortFaults
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS114", "eps-port-nil-or-zero")
def port_number_missing(service: Service, faults: PortFaults) -> Iterator[Problem]:
    for fault in faults:
        if fault.kind != "number":
            continue
        given = "no port" if fault.given is None else "port 0" if fault.given.port == 0 else "a port without number"
        yield Problem(
            object=fault.part, severity=Severity.ERROR, port=fault.port.label,
            summary=f"EndpointSlice {fault.part.name} lists {given} for port {fault.port.label}, so kube-proxy skips it",
            evidence=(f"it lists {count(len(fault.part.endpoints or ()), 'endpoint')}",), fix=_numbered(fault),
        )


def _numbered(fault: PortFault) -> Fix:
    number = fault.number
    if fault.given is not None:
        change: dict[str, object] = {"op": "add", "path": f"/ports/{fault.index}/port", "value": number}
    else:
        port = {"name": fault.port.name, "port": number, "protocol": fault.port.protocol}
        whole = not fault.part.ports
        change = {"op": "add", "path": "/ports" if whole else "/ports/-", "value": [port] if whole else port}
    return patching(f"write the port's number: {number}, as the Service's port says", fault.part, [change])
