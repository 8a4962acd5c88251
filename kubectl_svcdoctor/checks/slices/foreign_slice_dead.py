"""A slice by another writer sends requests to addresses that nothing in the cluster has.

Why it breaks:
kube-proxy adds up all slices that carry the Service's name, whoever wrote them. The endpoint slice controller
cares only for its own, so addresses in a slice by a script, a test or a removed operator stay for ever; each
gets its share of the requests, and those fail. An address outside of the cluster may be a member on purpose: then it has to answer.

How to fix:
Remove the endpoints that are gone from the slice. Where an operator writes it, fix the operator: it writes them back.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -L endpointslice.kubernetes.io/managed-by

Reference:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.vantage import NoVantage
from kubectl_svcdoctor.graph.slices.foreign import Outside, TellingOutside, Unowned
from kubectl_svcdoctor.graph.slices.handmade import without
from kubectl_svcdoctor.model.command import diagnosis, kubectl, selector
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.evidence import ServiceSlices
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.questions import Dialled, Inside
from kubectl_svcdoctor.model.service import Service


@defect("EPS103", "eps-foreign-stale-slice")
def foreign_slice_dead(
    service: Service, slices: ServiceSlices, unowned: Unowned, outside: Outside | None = None, replies: TellingOutside | None = None,
    unasked: NoVantage | None = None, vantage: Inside | None = None,
) -> Iterator[Problem]:
    """An address outside of the cluster is an error only where a client did not reach it; where none has tried it, it is a remark."""
    answered = {question.address for question, reply in (replies or {}).items() if isinstance(reply, Dialled) and reply.open}
    tried = {question.address: (question, reply) for question, reply in (replies or {}).items() if isinstance(reply, Dialled) and not reply.open}
    ready = sum(endpoint.ready for part in slices for endpoint in part.endpoints or ())
    for part in {part.name: part for part, _ in (*unowned, *(outside or ()))}.values():
        gone = [endpoint.address for owner, endpoint in unowned if owner is part]
        away = [endpoint.address for owner, endpoint in outside or () if owner is part ]
        silent = [address for address in away if address in tried]
        untold = [address for address in away if address not in (*silent, *answered)]
        writer = f"its writer calls itself {part.managed_by}" if part.managed_by else "it does not say who manages it"
        if gone or silent:
            seen = [f"from Pod {question.vantage.pod}: {reply.words} at {question.address} port {question.port}"
                    for question, reply in map(tried.__getitem__, silent)]
            yield Problem(
                object=part, severity=Severity.ERROR, partial=ready > len(gone) + len(silent), field=("endpoints",),
                summary=f"EndpointSlice {part.name}, not the controller's, lists {names([*gone, *silent])}, which {_why(gone, silent)}",
                evidence=(f"Service {service.name} has {ready} ready endpoints, these included", *seen, writer), fix=_remove(part, {*gone, *silent}),
            )
        elif untold and (unasked or vantage):
            yield Problem(
                object=part, severity=Severity.INFO, field=("endpoints",),
                summary=f"EndpointSlice {part.name}, not the controller's, adds {names(untold)} (not checked)",
                evidence=(f"no Pod and no node has it; it gets {len(untold)} of {ready} requests, and whether it answers was not checked", writer),
                fix=_attempt(service, tried=unasked is None),
            )


def _attempt(service: Service, *, tried: bool) -> Fix:
    if tried:
        return Fix("ask the application there with a client of its own", (kubectl("get", "endpointslices", "-l", selector({SERVICE_NAME: service.name}),
                                                                                  "-o", "yaml", namespace=service.namespace),))
    return Fix("try it from inside the cluster", (diagnosis(service, "--from", "cluster", namespace=service.namespace),))


def _why(gone: list[str], silent: list[str]) -> str:
    return "no Pod has" if not silent else "cannot be reached" if not gone else "no Pod has or cannot be reached"


def _remove(part: EndpointSlice, addresses: Collection[str]) -> Fix:
    again = f"; fix {part.managed_by}, or it writes them back" if part.managed_by else ""
    return patching(f"remove {names(sorted(addresses))} from the slice{again}", part, without(part, addresses))
