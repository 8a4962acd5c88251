"""A slice by another writer sends requests to addresses that no Pod has.

Why it breaks:
kube-proxy adds up all slices that carry the Service's name, whoever wrote them. The endpoint slice controller
cares only for its own, so addresses in a slice by a script, a test or a removed operator stay for ever; each
gets its share of the requests, and those fail.

How to fix:
Delete the slice. Where an operator writes it, repair the operator: it will bring the slice back.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -L endpointslice.kubernetes.io/managed-by

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.leftovers import Strangers, StrangersPods, dead
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("EPS103", "eps-foreign-stale-slice")
def foreign_slice_dead(service: Service, slices: ServiceSlices, strangers: Strangers, pods: StrangersPods) -> Iterator[Problem]:
    """Addresses outside the cluster are left alone: operators add external members on purpose."""
    ready = sum(endpoint.ready for part in slices for endpoint in part.endpoints or ())
    gone = [(part, endpoint) for part, endpoint in strangers if dead(endpoint, pods)]
    for part in {part.name: part for part, _ in gone}.values():
        addresses = [endpoint.address for owner, endpoint in gone if owner.name == part.name]
        yield Problem(
            object=part, severity=Severity.ERROR, partial=ready > len(gone),
            summary=f"EndpointSlice {part.name}, not written by the controller, lists {_addresses(addresses)} that no Pod has, "
                    f"among {ready} ready endpoints of {service.name}",
            evidence=(f"its writer calls itself {part.managed_by}" if part.managed_by else "it does not say who manages it",),
            fix=Fix(f"delete EndpointSlice {part.name}", (f"kubectl -n {part.namespace} delete endpointslice {part.name}",)),
        )


def _addresses(addresses: list[str]) -> str:
    shown = ", ".join(addresses[:3])
    return f"address {shown}" if len(addresses) == 1 else f"{len(addresses)} addresses ({shown})"
