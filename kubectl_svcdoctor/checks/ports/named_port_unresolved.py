"""A named targetPort is declared by no container of the selected Pods.

Why it breaks:
A targetPort that is a name is looked up, Pod by Pod, among the declared container ports. Where no container
declares it, the endpoint slice controller leaves the port out and says nothing: the endpoints read "ready" in
a slice with ports: null, kubectl describe lists them without a warning, and every connection is refused. If only some
Pods of a workload declare it, the others get no traffic on this port. Another workload that the selector picks too and
that does not declare it, such as a worker of the same chart, gets none either, and needs none.

How to fix:
Use the name that the Pods declare, or the number, as targetPort; or give the container port in the workload's
template the name that the Service asks for.

Look yourself:
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml       look for "ports: null"
kubectl get pods -l SELECTOR -o jsonpath='{.items[*].spec.containers[*].ports}'

Reference:
k8s.io/endpointslice, utils.go, FindPort; https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.ports.ports import PORTS, NamedTarget, NamedTargets, likely, offered
from kubectl_svcdoctor.graph.spec.port_use import changing
from kubectl_svcdoctor.model.command import kubectl, selector
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, patching
from kubectl_svcdoctor.model.service import Service


@defect("SVC301", "port-named-unresolved")
def named_port_unresolved(service: Service, targets: NamedTargets) -> Iterator[Problem]:
    for target in targets:
        if not target.otherwise:
            yield _problem(service, target)


def _problem(service: Service, target: NamedTarget) -> Problem:
    total = len(target.having) + len(target.lacking)
    some = bool(target.having)
    who = f"only {len(target.having)} of the {total} {target.among} declare" if some else f"none of the {total} {target.among} declares"
    who = who if total > 1 else f"the only {target.among.replace('Pods', 'Pod', 1)} does not declare"
    return Problem(
        object=service, port=target.port.label, severity=Severity.WARNING if some else Severity.ERROR,
        partial=some, field=("spec", "ports"),
        summary=f'{who} the port name "{target.name}", the targetPort of {target.port.label}',
        evidence=(f"Pods without it declare {offered(target.lacking)}", *((f"without it: {names([pod.name for pod in target.lacking])}",) if some else ())),
        fix=_fix(service, target),
    )


def _fix(service: Service, target: NamedTarget) -> Fix:
    meant = likely(target)
    if meant is None or target.having:
        look = kubectl("get", "pods", "-l", selector(service.selector), "-o", PORTS, namespace=service.namespace)
        return Fix(f'name the right container port "{target.name}" in the Pods\' template, or change the targetPort', (look,))
    value = meant.name or meant.container_port
    return patching(f"use {value} as targetPort", service, changing(target.place, target.port, targetPort=value))
