"""The Service has no selector, and nobody writes endpoints for it.

Why it breaks:
Without a selector the endpoint controllers leave a Service alone: someone else has to write its
EndpointSlices. Nobody does here, so every connection is refused, and `kubectl describe service` shows
`Selector: <none>` as if that were normal.

How to fix:
Give the Service the labels of its Pods as selector, or write the EndpointSlice that it is to have.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.selector}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.selector.fixes import look, reselect
from kubectl_svcdoctor.graph.selector.unselected import Unselecting
from kubectl_svcdoctor.graph.selector.words import count
from kubectl_svcdoctor.model.finding import Problem, Severity
from kubectl_svcdoctor.model.service import Service


@defect("SVC208", "sel-no-selector-unintended")
def nobody_writes_endpoints(service: Service, found: Unselecting) -> Problem:
    fits = f"{found.meant}, which {found.why}, runs {count(len(found.pods))}" if found.meant else "no workload fits by labels or name"
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "selector"),
        summary=f"Service {service.name} has no selector and no EndpointSlice, so it leads nowhere",
        evidence=(fits,),
        fix=reselect(service, found.selector) if found.selector else look(service, "give the Service the labels of its Pods as selector"),
    )
