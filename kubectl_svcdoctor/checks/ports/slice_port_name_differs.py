"""A hand-made EndpointSlice gives its port another name than the Service.

Why it breaks:
kube-proxy finds the endpoints of a Service port by its name and protocol, not by any number. A slice port
that is called otherwise, or unnamed while the Service names its port, joins nothing: the Service lists
endpoints, and every connection to it is refused.

How to fix:
Give the slice's port exactly the name of the Service's port; both unnamed is fine too.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o jsonpath='{.items[*].ports}'

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/endpointslicecache.go
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.handmade import PortFault, PortFaults, in_slice, mirrored
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC390", "port-slice-name-mismatch")
def slice_port_name_differs(service: Service, faults: PortFaults) -> Iterator[Problem]:
    for fault in faults:
        if fault.kind == "name" and not mirrored(fault.part):
            listed = names([_quoted(given.name) for given in fault.part.ports or ()])
            yield Problem(
                object=fault.part, severity=Severity.ERROR, port=fault.port.label,
                summary=f"EndpointSlice {fault.part.name} has ports named {listed}; port {fault.port.label} {_named(fault.port.name)}",
                evidence=("kube-proxy matches the ports of slices and Service by name and protocol",), fix=_rename(fault),
            )


def _rename(fault: PortFault) -> Fix:
    """Rename the port that was meant, and give it the Service's protocol; or add a port where none is to spare."""
    if fault.given is None:
        port = {"name": fault.port.name, "port": fault.number, "protocol": fault.port.protocol}
        return patching(f"add port {fault.number}/{fault.port.protocol} named {_quoted(fault.port.name)} to the slice", fault.part,
                        [{"op": "add", "path": "/ports/-", "value": port}])
    protocol = {"protocol": fault.port.protocol} if fault.given.protocol != fault.port.protocol else {}
    return patching(f"name the slice's port {_quoted(fault.port.name)}", fault.part, in_slice(fault, name=fault.port.name, **protocol))


def _quoted(name: str) -> str:
    return f'"{name}"'


def _named(name: str) -> str:
    return f"is named {_quoted(name)}" if name else "has no name"
