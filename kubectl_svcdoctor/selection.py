"""Which subjects the command line means: those named, or all of a namespace, or of all namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubectl_svcdoctor import subject
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.flags import Flags
from kubectl_svcdoctor.model import selectors
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.report import Subject
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import Pod

BROAD = (Service, Pod, EndpointSlice)


def chosen(names: Sequence[str], flags: Flags, doctor: Doctor, namespace: str) -> tuple[list[Subject], bool]:
    """The subjects, and whether they are many. Raises UserError when none can be told."""
    if names and (flags.all_namespaces or flags.selector):
        raise UserError("name subjects, or choose them with -A or -l: not both")
    if names:
        subjects = list(dict.fromkeys(subject.parse(name, namespace) for name in names))
        return subjects, len(subjects) > 1
    return _all(flags, doctor, namespace), True


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
    if services is None or isinstance(services, Unknown):
        detail = services.detail if services else ""
        raise UserError(f"the Services of {where} could not be listed: {detail}; name one: kubectl svcdoctor NAME -n NAMESPACE", 3)
    found = [Subject("Service", item.namespace, item.name, "") for item in services
             if all(term.admits(item.labels) for term in terms)]
    if not found:
        matching = f" with the labels {flags.selector}" if flags.selector else ""
        raise UserError(f"no Services found in {where}{matching}; look in another namespace with -n, or in all with -A")
    return sorted(found, key=lambda entry: (entry.namespace, entry.name))
