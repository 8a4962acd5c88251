"""The SRV name asks for a port name that the Service does not have.

Why it breaks:
SRV records exist for named ports only: _NAME._PROTOCOL.SERVICE.NAMESPACE.svc. A port without a name, with another name or another protocol
has no such record.

How to fix:
Give the port the name that clients ask for, or ask for the name that it has.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.ports}'

Reference:
https://github.com/kubernetes/dns/blob/master/docs/specification.md#232---srv-records
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.subjects import ClientName
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.subject import Subject


@defect("DNS115", "dns-srv-unnamed-port")
def srv_unnamed_port(subject: Subject, name: ClientName, service: Service) -> Problem | None:
    ports = service.spec.ports
    if not name.port_name or any((port.name, port.protocol.lower()) == (name.port_name, name.protocol) for port in ports):
        return None
    known = ", ".join(f"_{port.name}._{port.protocol.lower()}" for port in ports if port.name)
    nameless = [place for place, port in enumerate(ports) if not port.name and port.protocol.lower() == name.protocol]
    if nameless:
        place = f"/spec/ports/{nameless[0]}"
        fix = patching(f"name the port {name.port_name}", service, [
            {"op": "test", "path": f"{place}/port", "value": ports[nameless[0]].port}, {"op": "add", "path": f"{place}/name", "value": name.port_name}])
    else:
        fix = Fix(f"ask for a name that exists: {known}" if known else "ask for the Service's own name; none of its ports has a name",
                  (kubectl("get", service, "-o", "yaml", namespace=service.namespace),))
    why = "its port has no name" if nameless else "no port has that name and protocol"
    return Problem(
        object=service, severity=Severity.ERROR, partial=True, field=("spec", "ports"),
        summary=f"{subject.name.rstrip('.')} has no SRV record: Service {service.name} has no port _{name.port_name}._{name.protocol}, {why}",
        evidence=(f"it has {known}",) if known else (), fix=fix,
    )
