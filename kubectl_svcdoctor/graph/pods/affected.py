"""Pods with the same trouble and the same owner, taken together: how grave it is, who they are, and how to patch what made them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kubectl_svcdoctor.graph.pods.surroundings import since
from kubectl_svcdoctor.graph.pods.trouble import Trouble
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import Command, Word, kubectl
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, Wait, patching
from kubectl_svcdoctor.model.meta import ObjectRef, condition
from kubectl_svcdoctor.model.workload import Container, ContainerStatus, Pod, Probe, StateTerminated, Workload

T = TypeVar("T", bound=Trouble)
YOUNG = 300.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of the selected Pods serve. `draining`: on their way out and still answering, used when no other is left.

    `wanted` is what the owners ask for, None where they were not read. `published`: the Service sends clients to unready Pods too. `examined`: the uid of
    the Pod that is the subject, None where none is.
    """

    serving: int
    draining: int
    living: int
    wanted: int | None
    published: bool
    now: Now
    examined: str | None = None


@dataclass(frozen=True, slots=True)
class Affected(Generic[T]):
    """Never empty. `owner` is what has to be changed; `workload` the same as an object, None where it was not read."""

    troubles: tuple[T, ...]
    owner: ObjectRef
    workload: Workload | None
    standing: Standing

    @property
    def first(self) -> T:
        return self.troubles[0]

    @property
    def pods(self) -> tuple[Pod, ...]:
        return tuple(trouble.pod for trouble in self.troubles)

    @property
    def severity(self) -> Severity:
        """ERROR when no Pod serves, WARNING when others do, INFO when they are as many as are wanted: a new version that does not come up. Who asks about
        one of these Pods is told of a fault."""
        standing = self.standing
        if standing.serving == 0 and standing.wanted != 0:
            return Severity.WARNING if standing.published and self.first.running else Severity.ERROR
        surplus = standing.wanted is not None and standing.serving >= standing.wanted
        harmful = any((pod.ready and not pod.terminating) or pod.metadata.uid == standing.examined for pod in self.pods)
        return Severity.INFO if surplus and not harmful else Severity.WARNING

    @property
    def partial(self) -> bool:
        """Whether Pods that are on their way out still answer while no other does."""
        return self.severity is Severity.ERROR and self.standing.draining > 0

    @property
    def out(self) -> tuple[ObjectRef, ...]:
        """Those of the Pods to which no client is sent."""
        published, others = self.standing.published and self.first.running, self.standing.serving > 0
        return () if published else tuple(pod.ref for pod in self.pods if not pod.ready or (pod.terminating and others))

    @property
    def explains(self) -> tuple[str, ...]:
        """What else shows of the same: a rollout whose new Pods are these has stopped."""
        owners = {pod.metadata.controller.name for pod in self.pods if pod.metadata.controller}
        return ("pod-rollout-stuck",) if self.workload is not None and stuck(self.workload) and rolled_to(self.workload) in {"", *owners} else ()

    def problem(
        self, *, summary: str, evidence: tuple[str, ...], fix: Fix | None, field: tuple[str, ...] = (), awaits: tuple[Wait, ...] = (),
        explains: tuple[str, ...] = (),
    ) -> Problem:
        """The finding about what made these Pods."""
        return Problem(object=self.owner, severity=self.severity, partial=self.partial, out=self.out, summary=summary, evidence=evidence, fix=fix, field=field,
                       awaits=awaits, explains=(*explains, *self.explains))

    @property
    def count(self) -> str:
        """`all 3 Pods`, `both Pods`, `1 of 3 Pods`, `the only Pod`."""
        number, living = len(self.troubles), max(self.standing.living, len(self.troubles))
        if number == living:
            return "both Pods" if number == 2 else f"all {number} Pods" if number > 1 else "the only Pod"
        return f"{number} of {living} Pods"

    def evidence(self, *facts: str) -> tuple[str, ...]:
        """The given facts that are not empty, each on one line, then who is affected and how many others serve."""
        placed = [_placed(pod, self.standing.now) for pod in self.pods]
        who = f"Pods: {names(placed)}" if len(placed) > 1 else f"Pod {placed[0]}"
        others = f"{self.standing.serving} of {self.standing.living} Pods serve" if self.standing.serving else ""
        return tuple(dict.fromkeys(_whole(line(fact)) for fact in (*facts, who, others) if fact))

    def kubectl(self, *words: Word) -> Command:
        """A kubectl command in the Pods' namespace."""
        return kubectl(*words, namespace=self.owner.namespace)

    @property
    def describe(self) -> Command:
        """What is known of the first Pod, its Events included."""
        return self.kubectl("describe", self.pods[0])

    def log(self, container: Container, *flags: str) -> Command:
        """The end of the log of the first Pod's container."""
        return self.kubectl("logs", self.pods[0].name, "-c", container.name, *flags, "--tail=50")

    def last_log(self, container: Container, status: ContainerStatus) -> Command:
        """The end of the log of the run that ended last, in the first Pod."""
        return self.log(container, *(("--previous",) if status.ended_before else ()))

    @property
    def manifest(self) -> Command:
        """What has to be changed, as it stands."""
        return self.kubectl("get", self.owner, "-o", "yaml")

    def place(self, container: Container) -> str:
        """The JSON pointer of the container in the owner's template; empty where the owner was not read or has no such container."""
        if self.workload is None:
            return ""
        spec = self.workload.spec.template.spec
        for field, entries in (("containers", spec.containers), ("initContainers", spec.init_containers)):
            for index, entry in enumerate(entries):
                if entry.name == container.name:
                    return f"/spec/template/spec/{field}/{index}"
        return ""

    def templated(self, container: Container) -> Container | None:
        """The container as the owner's template has it."""
        spec = self.workload.spec.template.spec if self.workload else None
        entries = (*spec.containers, *spec.init_containers) if spec else ()
        return next((entry for entry in entries if entry.name == container.name), None)

    def patched(self, summary: str, body: Mapping[str, Any] | Sequence[Mapping[str, Any]], command: Command | None = None) -> Fix | None:
        """A fix that patches the owner, None where it was not read.

        A StatefulSet that makes its Pods in order waits for one that is not ready before it replaces any. To delete such a Pod is a part of the fix
        where no Pod serves; elsewhere it is left to the reader, in words.
        """
        if self.workload is None:
            return None
        fix = patching(summary, self.workload, body, command)
        if self.owner.kind != "StatefulSet" or self.workload.spec.pod_management_policy != "OrderedReady":
            return fix
        waits = f"{fix.summary}; the StatefulSet replaces Pod {self.pods[0].name}, which is not ready, only when that is deleted"
        delete = (self.kubectl("delete", self.pods[0]),) if self.severity is Severity.ERROR and not self.partial else ()
        return Fix(waits, (*fix.commands, *delete), fix.patch)


def stuck(workload: Workload) -> bool:
    """Whether a Deployment's controller has given up on its rollout: no new Pod became available in the time that it has."""
    progressing = condition(workload.status.conditions, "Progressing")
    return progressing is not None and progressing.status == "False" and progressing.reason == "ProgressDeadlineExceeded"


def rolled_to(workload: Workload) -> str:
    """The ReplicaSet of a Deployment's new version, as its condition names it; empty where it does not."""
    progressing = condition(workload.status.conditions, "Progressing")
    named = re.search(r'ReplicaSet "([^"]+)"', progressing.message) if progressing else None
    return named[1] if named else ""


def line(text: str) -> str:
    """The text on one line, whole: what is too long for a terminal is shortened where it is shown (render/lines.py)."""
    return " ".join(text.split())


def _whole(fact: str) -> str:
    """The kubelet's Event on a probe ends where the probe's own output would stand, which many commands do not give."""
    return f"{fact.removesuffix(':')}, and gave no output" if fact.endswith("probe failed:") else fact


def names(entries: Sequence[str], most: int = 3) -> str:
    """`a, b, c and 2 more`."""
    rest = len(entries) - most
    return ", ".join(entries[:most]) + (f" and {rest} more" if rest > 0 else "")


def _placed(pod: Pod, now: Now) -> str:
    """A Pod with its node, and how long it has been there where that is not long."""
    age = now.seconds_since(since(pod))
    young = f" ({'started' if pod.status.start_time else 'created'} {duration(age)} ago)" if 0 < age < YOUNG else ""
    return f"{pod.name} on {pod.spec.node_name}{young}" if pod.spec.node_name else f"{pod.name}{young}"


def asked(probe: Probe | None) -> str:
    """What a probe does, as a person would say it: `GET :8080/ready`, `TCP :5432`, `gRPC :9000`, `exec pg_isready`."""
    if probe is None:
        return "none"
    if probe.http_get is not None:
        scheme = f"{probe.http_get.scheme.lower()}://" if probe.http_get.scheme != "HTTP" else ""
        return f"GET {scheme}:{probe.http_get.port}{probe.http_get.path}"
    if probe.exec is not None:
        return f"exec {line(' '.join(probe.exec.command))}".rstrip()
    return f"{'TCP' if probe.tcp_socket else 'gRPC'} :{probe.port}"


def ending(end: StateTerminated) -> str:
    """How a container ended: `exit code 1`, `exit code 139 (SIGSEGV)`, `exit code 127, StartError`."""
    signals = {137: "SIGKILL", 139: "SIGSEGV", 134: "SIGABRT", 143: "SIGTERM", 135: "SIGBUS", 132: "SIGILL"}
    signal = f" ({signals[end.exit_code]})" if end.exit_code in signals else ""
    reason = f", {end.reason}" if end.reason not in ("", "Error", "Completed") else ""
    return f"exit code {end.exit_code}{signal}{reason}"
