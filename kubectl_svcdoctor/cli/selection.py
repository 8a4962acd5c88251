"""Which subjects the command line means: those named, or all of a namespace, or of all namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from kubectl_svcdoctor.cli import subject
from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.graph.pods.affected import names as listed
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.graph.spec.namespaces import NoNamespace, near
from kubectl_svcdoctor.model import plugin, selectors
from kubectl_svcdoctor.model.cluster import Namespace, Node
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.subject import AddressSubject, NodeAddressSubject, ServiceSubject, Subject
from kubectl_svcdoctor.model.workload import Pod

BROAD = (Service, Pod, EndpointSlice)


def chosen(names: Sequence[str], flags: Flags, doctor: Doctor, namespace: str) -> tuple[list[Subject], bool]:
    """The subjects, and whether they are many. Raises UserError when none can be told."""
    if names and (flags.all_namespaces or flags.selector):
        raise UserError("name subjects, or choose them with -A or -l: not both")
    if names:
        parsed = dict.fromkeys(subject.parse(name, namespace) for name in names)
        subjects = [meant for entry in parsed for meant in (having(entry, doctor) if isinstance(entry, AddressSubject) else (entry,))]
        return list(dict.fromkeys(subjects)), len(subjects) > 1
    return _all(flags, doctor, namespace), True


def having(address: Subject, doctor: Doctor) -> list[Subject]:
    """The Services with that IP address, in the namespace or else in any. Several may share one that a load balancer, or an administrator, gave them:
    those with the port that was typed come first, all of them where none has it. Raises UserError where there is none."""
    found: list[Service] = []
    for scope in (address.namespace, None):
        query = Query(Service, scope)
        doctor.prefetch([query])
        services = doctor.snapshot.answer(query)  # type: ignore[arg-type]
        if not isinstance(services, tuple):
            where = f"namespace {scope}" if scope else "all namespaces"
            detail = services.detail if isinstance(services, Unknown) else ""
            raise UserError(f"the Services of {where} could not be listed to find the one with address {address.name}: {detail}; "
                            f"name it: {plugin.program()} NAME -n NAMESPACE", 3)
        found = [item for item in services if isinstance(item, Service) and address.name in map(canonical, item.addresses)]
        if found:
            break
    if not found:
        return _at_node(address, doctor)
    exact = [item for item in found if any(port.port == address.port for port in item.spec.ports)]
    if address.port and not exact:  # an external IP may be a node's own address, at which other Services have their node ports
        doctor.prefetch([Query(Service)])
        at_node = _at_node(address, doctor, strict=True)
        if at_node:
            return at_node
    return [ServiceSubject(item.namespace, item.name, address.typed, address.port) for item in exact or found]


def _at_node(address: Subject, doctor: Doctor, strict: bool = False) -> list[Subject]:
    """The Services with that node port, or else the only one that has the port as its own, where a node has the address or it is a loopback address. All
    Services have been read. Raises UserError for any other address; `strict`: only those with that node port count, and none is no error."""
    doctor.prefetch([Query(Node)])
    nodes, services = (doctor.snapshot.answer(Query(kind)) for kind in (Node, Service))
    loopback = ip_address(address.name).is_loopback
    known = [item for item in (nodes if isinstance(nodes, tuple) else ()) if isinstance(item, Node)]
    node = next((item.name for item in known if address.name in {canonical(entry.address) for entry in item.status.addresses}), "")
    if strict and not node:
        return []
    if not node and not loopback:
        if isinstance(nodes, Unknown):
            raise UserError(f"no Service has the address {address.name}, and whether it is a node's could not be checked: {nodes.detail}; "
                            f"name the Service: {plugin.program()} NAME -n NAMESPACE", 3)
        raise UserError(f"no Service has the address {address.name}; if a Pod has it, name that Pod: "
                        f"kubectl get pods -A -o wide --field-selector=status.podIP={address.name}")
    opened = [item for item in (services if isinstance(services, tuple) else ())
              if isinstance(item, Service) and any(port.node_port for port in item.spec.ports)]
    exact = [item for item in opened if address.port in {port.node_port for port in item.spec.ports}]
    alike = [item for item in opened if address.port in {number for port in item.spec.ports for number in (port.port, port.target)}]
    meant = exact or (alike if len(alike) == 1 and not strict else [])
    if not meant and not strict:
        near = f"; Services with such a port have others there: {listed([_ports(item) for item in alike], 4)}" if alike else ""
        raise UserError(f"{address.name} is {f'an address of node {node}' if node else 'a loopback address'}, and "
                        + (f"no Service has node port {address.port}{near}" if address.port else "it takes a node port to tell which Service is meant")
                        + "; list them with: kubectl get services -A")
    return [NodeAddressSubject(item.namespace, item.name, address.typed, address.port, address.name, node) for item in meant]


def _ports(service: Service) -> str:
    """`shop/web 30080`."""
    return f"{service.namespace}/{service.name} {', '.join(str(port.node_port) for port in service.spec.ports if port.node_port)}"


def _all(flags: Flags, doctor: Doctor, namespace: str) -> list[Subject]:
    try:
        terms = selectors.parse(flags.selector or "")
    except ValueError as error:
        raise UserError(f"{error}; write it as in kubectl: -l 'app=web,tier in (a,b)'") from error
    scope = None if flags.all_namespaces else namespace
    queries: list[Query[Any]] = [Query(kind, scope) for kind in BROAD]
    doctor.prefetch(queries)
    services = doctor.snapshot.answer(queries[0])
    where = "all namespaces" if scope is None else f"namespace {scope}"
    if not isinstance(services, tuple):
        detail = services.detail if isinstance(services, Unknown) else ""
        raise UserError(f"the Services of {where} could not be listed: {detail}; name one: {plugin.program()} NAME -n NAMESPACE", 3)
    found = [ServiceSubject(item.namespace, item.name, "") for item in services
             if all(term.admits(item.labels) for term in terms)]
    if not found:
        if scope is not None and not services:
            _there(scope, doctor)
        matching = f" with the labels {flags.selector}" if flags.selector else ""
        raise UserError(f"no Services found in {where}{matching}; look in another namespace with -n, or in all with -A")
    return sorted(found, key=lambda entry: (entry.namespace, entry.name))


def _there(namespace: str, doctor: Doctor) -> None:
    """Raise UserError where it is known that there is no such namespace: the API server gives empty lists for it."""
    query = Query(Namespace)
    doctor.prefetch([query])
    known = doctor.snapshot.answer(query)  # type: ignore[arg-type]
    similar = near(namespace, (item for item in known if isinstance(item, Namespace))) if isinstance(known, tuple) else None
    if similar is not None:
        raise UserError(NoNamespace(namespace, similar).sentence + ("" if similar else "; list them with: kubectl get namespaces"))
