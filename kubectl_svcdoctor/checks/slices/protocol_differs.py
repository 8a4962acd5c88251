"""A hand-made slice or Endpoints object gives its port another protocol than the Service.

Why it breaks:
The protocol of an endpoint port is TCP unless it says otherwise. kube-proxy joins by name and protocol, so a
UDP Service over endpoints that leave the protocol out has no endpoint at all; packets are rejected or
dropped.

How to fix:
Set the protocol of the endpoint port to the Service's.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o jsonpath='{.items[*].ports}'

Reference:
https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/proxy/endpointslicecache.go
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.slices.handmade import PortFaults, endpoints_of, in_endpoints, in_slice, mirrored
from kubectl_svcdoctor.model.evidence import ServiceEndpoints
from kubectl_svcdoctor.model.finding import Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("EPS107", "eps-manual-protocol")
def protocol_differs(service: Service, faults: PortFaults, endpoints: ServiceEndpoints) -> Iterator[Problem]:
    for fault in faults:
        if fault.kind != "protocol" or fault.given is None:
            continue
        copied = mirrored(fault.part)
        yield Problem(
            object=endpoints_of(service) if copied else fault.part, severity=Severity.ERROR, port=fault.port.label,
            summary=f"port {fault.port.label} is listed for {fault.given.protocol} "
                    f"in {f'Endpoints {service.name}' if copied else f'EndpointSlice {fault.part.name}'}",
            evidence=("kube-proxy matches the ports of slices and Service by name and protocol",),
            fix=in_endpoints(service, endpoints, fault, {"protocol": fault.port.protocol}) if copied
            else patching(f"list the endpoints for {fault.port.protocol}", fault.part, in_slice(fault, protocol=fault.port.protocol)),
        )
