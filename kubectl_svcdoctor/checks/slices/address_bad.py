"""A hand-made endpoint has an address that cannot serve.

Why it breaks:
An endpoint's address must be one that every node can reach directly. A loopback or link-local address leads
each node to itself, and the ClusterIP of a Service is no host: kube-proxy translates an address once and does
not look at the result again, so such a connection goes nowhere.

How to fix:
List the addresses of the real backends. For a second name of another Service, give this one the other's
selector, or create an ExternalName Service.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME
kubectl get services -A

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
"""

from __future__ import annotations

import ipaddress

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.graph.slices.handmade import ClusterServices, HandMade, mirrored, without
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service


@defect("EPS108", "eps-manual-address-bad")
def address_bad(service: Service, slices: HandMade, all_slices: ServiceSlices, services: ClusterServices | None = None) -> Problem | None:
    taken = {canonical(address): other for other in (service, *(services or ())) for address in other.spec.cluster_ips}
    bad = [(part, endpoint.address, why) for part in slices for endpoint in part.endpoints or ()
           if (why := _why(endpoint.address, taken))]
    if not bad:
        return None
    part, address, why = bad[0]
    wrong = {entry[1] for entry in bad}
    others = [endpoint for other in all_slices for endpoint in other.endpoints or () if endpoint.ready and endpoint.address not in wrong]
    target = taken.get(canonical(address))
    return Problem(
        object=part, severity=Severity.ERROR, partial=bool(others),
        summary=f"EndpointSlice {part.name} lists {address}, {why}",
        evidence=(f"Service {service.name} cannot reach a backend there", *(f"{other} is {reason}" for _, other, reason in bad[1:4])),
        fix=_fix(part, wrong, target),
    )


def _why(address: str, taken: dict[str, Service]) -> str:
    """What is wrong with the address, or empty. The API server refuses the special ranges today, but older objects keep them."""
    owner = taken.get(canonical(address))
    if owner is not None:
        return f"the ClusterIP of Service {owner.namespace}/{owner.name}"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    names = {"loopback": parsed.is_loopback, "link-local": parsed.is_link_local, "unspecified": parsed.is_unspecified,
             "multicast": parsed.is_multicast}
    return next((f"a {name} address" for name, true in names.items() if true), "")


def _fix(part: EndpointSlice, wrong: set[str], target: Service | None) -> Fix:
    """Beside good endpoints the bad ones are taken out; a slice by a controller is changed where that reads from."""
    if any(endpoint.address not in wrong for endpoint in part.endpoints or ()) and not mirrored(part):
        return patching(f"remove {names(sorted(wrong))} from the slice", part, without(part, wrong))
    where = ObjectRef("v1", "Endpoints", part.namespace, part.service_name) if mirrored(part) else part.ref
    look = kubectl("get", where, "-o", "yaml", namespace=part.namespace)
    if target is None:
        return Fix(f"list the address of the real backend in {where}", (look,))
    behind = kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: target.name}), namespace=target.namespace)
    return Fix(f"list the endpoints behind Service {target.namespace}/{target.name} in {where}, instead of its ClusterIP", (behind, look))
