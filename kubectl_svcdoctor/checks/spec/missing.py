"""There is no Service of that name in the namespace.

Why it breaks:
A name in another namespace does not count: a Service is found by its name and its namespace together. The DNS name of a Service that does
not exist is answered with NXDOMAIN.

How to fix:
Look in the right namespace (-n), correct the name, or create the Service.

Look yourself:
kubectl get services -A

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#does-the-service-exist
"""

from __future__ import annotations

import difflib

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.spec.namespaces import NoServiceNamespace
from kubectl_svcdoctor.model.command import Command, diagnosis, kubectl
from kubectl_svcdoctor.model.evidence import NamedService, Namesakes, NamespaceServices, ServiceKey
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.subject import NameSubject, ServiceSubject, Subject


@defect("SVC101", "svc-missing")
def missing(
    subject: Subject, key: ServiceKey, named: NamedService, services: NamespaceServices | None = None, namesakes: Namesakes | None = None,
    nowhere: NoServiceNamespace | None = None,
) -> Problem | None:
    if named or not isinstance(subject, (ServiceSubject, NameSubject)):
        return None
    near = difflib.get_close_matches(key.name, [service.name for service in services or ()], 3, 0.5)
    elsewhere = sorted(service.namespace for service in namesakes or ())
    hint, what = "", f"there is no Service {key.name} in namespace {key.namespace}"
    meant = f"{subject.typed} does not resolve: " if isinstance(subject, NameSubject) else ""
    if elsewhere:
        hint = f"; namespace {elsewhere[0]} has one" + (f", and {len(elsewhere) - 1} more have one" if len(elsewhere) > 1 else "")
    elif near:
        hint = f"; did you mean {' or '.join(near)}?"
    if nowhere:
        what, hint = f"there is no namespace {nowhere.name}" if elsewhere else nowhere.sentence, hint.replace(" one", f" a Service {key.name}", 1)
    known = names(sorted(service.name for service in services or ()), 10)
    return Problem(
        object=ObjectRef("v1", "Service", key.namespace, key.name), severity=Severity.ERROR,
        summary=f"{meant}{what}{hint}",
        evidence=() if services is None or nowhere else (
            f"the Services of the namespace are {known}" if known else f"namespace {key.namespace} has no Services",),
        fix=_fix(key, near, elsewhere, nowhere),
    )


def _fix(key: ServiceKey, near: list[str], elsewhere: list[str], nowhere: NoServiceNamespace | None) -> Fix:
    if nowhere and not elsewhere:
        return Fix("correct the namespace", (_examining(key.name, nowhere.near[0]) if nowhere.near else kubectl("get", "namespaces"),))
    if elsewhere:
        return Fix("look in the other namespace", (_examining(key.name, elsewhere[0]),))
    if near:
        return Fix("look at the Service of the nearest name", (_examining(near[0], key.namespace),))
    return Fix("list the Services of the namespace, or create this one", (kubectl("get", "services", namespace=key.namespace),))


def _examining(name: str, namespace: str) -> Command:
    return diagnosis(ObjectRef("v1", "Service", namespace, name), namespace=namespace)
