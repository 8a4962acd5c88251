"""A hand-made Endpoints object gives its port another name than the Service.

Why it breaks:
The mirroring controller copies Endpoints into an EndpointSlice, port names included. kube-proxy joins slices
and Service by port name and protocol; a port that is called otherwise is never used, and connections are
refused although the addresses are listed.

How to fix:
Give subsets[].ports[].name exactly the name of the Service's port.

Look yourself:
kubectl get endpoints NAME -o jsonpath='{.subsets[*].ports}'
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.handmade import PortFaults, endpoints_of, in_endpoints, mirrored
from kubectl_svcdoctor.model.evidence import ServiceEndpoints
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS106", "eps-manual-port-name")
def endpoints_port_name(service: Service, faults: PortFaults, endpoints: ServiceEndpoints) -> Iterator[Problem]:
    for fault in faults:
        if fault.kind == "name" and mirrored(fault.part):
            listed = names([f'"{given.name}"' for given in fault.part.ports or ()])
            yield Problem(
                object=endpoints_of(service), severity=Severity.ERROR, port=fault.port.label,
                summary=f"Endpoints {service.name} has ports named {listed}; port {fault.port.label} "
                        + (f'is named "{fault.port.name}"' if fault.port.name else "has no name"),
                evidence=(f"EndpointSlice {fault.part.name} mirrors it, names included",),
                fix=in_endpoints(service, endpoints, fault, {"name": fault.port.name, "protocol": fault.port.protocol}),
            )
