"""What --from names: from where the Service is tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.collect.casefile import Recording, Standpoint
from kubectl_svcdoctor.collect.source import Source
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.graph.proxy.vantage import vantage_pod
from kubectl_svcdoctor.model.cluster import Node
from kubectl_svcdoctor.model.evidence import Here, Vantage, Wanted
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.subject import Subject
from kubectl_svcdoctor.model.workload import Pod

LOCAL, CLUSTER = "local", "cluster"
NOT_RUNNING = ("Pending", "Succeeded", "Failed")
POD_WORDS, NODE_WORDS = ("pod", "pods", "po"), ("node", "nodes", "no")


def parse(typed: Sequence[str], namespace: str) -> tuple[Vantage | Wanted | Here, ...]:
    """`pod/NAME` in the subjects' namespace, `pod/NAMESPACE/NAME` in another; `node/NAME` and `cluster` are Pods to be made; `local` is the machine
    where this runs. Raises UserError for anything else."""
    found: list[Vantage | Wanted | Here] = []
    for text in typed:
        kind, *parts = text.split("/")
        if text == LOCAL:
            found.append(Here())
        elif kind.lower() in POD_WORDS and len(parts) in (1, 2) and all(parts):
            found.append(Vantage(parts[0] if len(parts) == 2 else namespace, parts[-1]))
        elif text == CLUSTER or (kind.lower() in NODE_WORDS and len(parts) == 1 and parts[0]):
            found.append(Wanted(namespace, text, parts[0] if parts else ""))
        else:
            raise UserError(f"--from {text}: give pod/NAME (pod/NAMESPACE/NAME in another namespace), node/NAME, cluster, or local")
    return tuple(dict.fromkeys(found))


class Standpoints:
    """The vantages of one run. Pods that have to be made for them are made when the first question needs them, and removed when the block ends."""

    def __init__(self, source: Source, flags: Flags, namespace: str) -> None:
        self._source, self._flags = source, flags
        # This machine tries what is open to the outside without being asked.
        known = source.standpoints if isinstance(source, Recording) else (*parse(flags.vantages, namespace), Here(asked=False))
        self._given: tuple[Standpoint, ...] = tuple(entry for entry in known if not (isinstance(entry, Here) and not entry.asked))
        self._default = tuple(entry for entry in known if isinstance(entry, Here) and entry not in self._given)
        self._stack = ExitStack()
        self._standing: list[Vantage | Here | Unknown] | None = None

    def __enter__(self) -> Standpoints:
        return self

    def __exit__(self, *ending: Any) -> None:
        self._stack.close()

    def at_end(self, work: Callable[[], None]) -> None:
        """Have something done when the block ends, however it ends."""
        self._stack.callback(work)

    @property
    def all(self) -> tuple[Standpoint, ...]:
        """What --from was given, and what became of it as far as it was needed; and this machine, if it tried anything unasked."""
        return (*(self._given if self._standing is None else self._standing), *self._default)

    def seen(self, doctor: Doctor, subject: Subject) -> Report:
        """The report on one subject, from all vantages. A Service that the API and the usual probes show to serve nobody is not tried from them, unless
        everything is to be asked."""
        doctor.vantages = self._default
        report = doctor.examine(subject)
        if not self._given:
            return report
        if (report.verdict == "broken" or report.missing) and not doctor.ask_everything:
            named = " and ".join(_label(entry) for entry in self._given)
            untried = Unknown(f"what shows from {named}", "not-tried", "the cause that was found comes before it", "fix that first, or give --ask-everything")
            return replace(report, unknowns=(*report.unknowns, untried))
        had, doctor.unseen = self._had(doctor)
        doctor.vantages = (*had, *(self._default if not any(isinstance(entry, Here) for entry in had) else ()))
        again = doctor.examine(subject)
        return replace(again, seconds=report.seconds + again.seconds, api_requests=report.api_requests + again.api_requests)

    def _had(self, doctor: Doctor) -> tuple[tuple[Vantage | Here, ...], tuple[Unknown, ...]]:
        """The vantages, and why others could not be had."""
        _present(doctor, self._given)
        if self._standing is None:
            self._standing = [self._made(entry) if isinstance(entry, Wanted) else entry for entry in self._given]
        return (tuple(entry for entry in self._standing if isinstance(entry, (Vantage, Here))),
                tuple(entry for entry in self._standing if isinstance(entry, Unknown)))

    def _made(self, wanted: Wanted) -> Vantage | Unknown:
        from kubectl_svcdoctor.collect.server import APIServer
        from kubectl_svcdoctor.probe.own_pod import IMAGE, standing

        if isinstance(self._source, Recording):
            return Unknown(f"what shows from {wanted.typed}", "not-asked", "the recording does not hold it", "record again with --record FILE")
        assert isinstance(self._source, APIServer)
        return self._stack.enter_context(standing(self._source.connection, wanted, self._flags.probe_image or IMAGE))


def _label(entry: Standpoint) -> str:
    """As the user has typed it."""
    return entry.label if isinstance(entry, (Vantage, Here)) else entry.typed if isinstance(entry, Wanted) else entry.what


def _present(doctor: Doctor, given: Sequence[Standpoint]) -> None:
    """Raise UserError for a Pod or a node that is not there, or a Pod that does not run: it would silently try nothing. What may not be read is
    not missing."""
    questions: dict[Vantage | Wanted, Query[Any]] = {entry: vantage_pod(entry) for entry in given if isinstance(entry, Vantage)}
    questions.update({entry: Query(Node, None, entry.node) for entry in given if isinstance(entry, Wanted) and entry.node})
    if questions:
        doctor.prefetch(questions.values())
    for entry, query in questions.items():
        answer = doctor.snapshot.answer(query)
        if isinstance(answer, tuple) and answer and isinstance(answer[0], Pod) and answer[0].status.phase in NOT_RUNNING:
            raise UserError(f"--from {entry.typed or f'pod/{answer[0].name}'}: Pod {answer[0].name} does not run ({answer[0].status.phase}); "
                            f"name one that does: kubectl get pods -n {answer[0].namespace} --field-selector status.phase=Running")
        if answer != ():
            continue
        if isinstance(entry, Wanted):
            raise UserError(f"--from {entry.typed}: there is no node {entry.node}; list them with: kubectl get nodes")
        raise UserError(f"--from {entry.label}: there is no Pod {entry.name} in namespace {entry.namespace}; "
                        f"list them with: kubectl get pods -n {entry.namespace}")
