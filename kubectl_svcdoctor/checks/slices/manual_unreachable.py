"""An endpoint written by hand does not accept connections from a client's Pod.

Why it breaks:
A Service without selector sends its clients to whatever addresses are listed for it. Nobody takes out an address that has moved, whose process is gone, or
before which a firewall drops packets: its share of the requests fails.

How to fix:
Correct the address or port in the Endpoints or EndpointSlice, or start what should serve there. Where nothing answers at all, let the firewall admit
the addresses of the nodes. An address may be open to certain nodes only: try it from another one (`--from node/NAME`).

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml
kubectl exec POD -- nc -zv -w 2 ADDRESS PORT

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.slices.handmade import endpoints_of, mirrored
from kubectl_svcdoctor.graph.slices.manual import Manual, TellingManual, silent
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@symptom("EPS123", "eps-manual-unreachable")
def manual_unreachable(service: Service, found: Manual, replies: TellingManual) -> Iterator[Problem]:
    """No client is served only where none of the endpoints accepts, and one of them refuses: no answer at all may be for this client alone."""
    dead = silent(replies)
    everywhere = all((endpoint.address, port.port) in dead for _, endpoint, port in found)
    refused = any("refused" in reply.words for _, reply in dead.values())
    for part in {part.name: part for part, *_ in found}.values():
        here = {key: dead[key] for owner, endpoint, port in found if owner is part and (key := (endpoint.address, port.port or 0)) in dead}
        if not here:
            continue
        vantage = next(iter(here.values()))[0].vantage
        yield Problem(
            object=part, severity=Severity.ERROR, partial=not (everywhere and refused), field=("endpoints",),
            summary=f"EndpointSlice {part.name} lists {names([at(*key) for key in here])}, to which Pod {vantage.pod} gets no connection",
            evidence=(*(f"{at(*key)}: {reply.words}" for key, (_, reply) in here.items()), f"tried from node {vantage.node}"),
            fix=_fix(service, part),
        )


def _fix(service: Service, part: EndpointSlice) -> Fix:
    where = endpoints_of(service) if mirrored(part) else part.ref
    return Fix(f"correct the addresses and ports in {where}, or let what serves there accept connections from the nodes",
               (kubectl("get", where, "-o", "yaml", namespace=part.namespace),))
