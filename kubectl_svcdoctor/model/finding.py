"""What a check says: problems, their fixes, and the findings that a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal

from kubectl_svcdoctor.model.command import Command, compact, kubectl
from kubectl_svcdoctor.model.keeper import lasting
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectRef

Body = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Key = tuple[str, ObjectRef, str]


class Severity(Enum):
    """error: clients fail. warning: some fail, or capacity is gone. info: worth a remark, never a fault by itself."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Zero is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of one object, as `kubectl patch --type=…` would apply it (RFC 7386 merge, RFC 6902 json). `recreates`: it takes a new object, since the
    API server does not let the old one change so."""

    target: ObjectRef
    type: Literal["merge", "json"]
    body: Body
    recreates: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """What to change: a sentence, commands to paste one after the other, and the same change as a patch where it is one.

    `verified`: True when the patch was tried on the data, the finding went away and nothing as severe is new; False when it
    was tried and something remains (`remains` says what), None when it cannot be tried on data.
    """

    summary: str
    commands: tuple[Command, ...] = ()
    patch: Patch | None = None
    verified: bool | None = None
    remains: str = ""


def patching(summary: str, target: KubernetesObject, body: Body, command: Command | None = None) -> Fix:
    """A fix that patches one object: a mapping is a merge patch, a sequence a JSON patch.

    `command` replaces the `kubectl patch` that is printed by default, where kubectl has a shorter way to say the same.
    """
    kind: Literal["merge", "json"] = "merge" if isinstance(body, Mapping) else "json"
    patch = Patch(target.ref, kind, body)
    return Fix(lasting(summary, target), (command or patch_command(patch),), patch)


def recreating(summary: str, target: KubernetesObject, body: Mapping[str, Any], interrupts: str) -> Fix:
    """A fix that replaces one object by a new one with a merge patch, for fields that the API server does not let change in place.

    The command saves the object in a file of the working directory first, and deletes and creates it in the same paste. `interrupts` says, as the
    end of a sentence, what does not work meanwhile.
    """
    file = f"saved-{target.resource.kind.lower()}-{target.name}.yaml"
    save = kubectl("get", target, "-o", "yaml", namespace=target.namespace).saved_as(file)
    changed = kubectl("patch", target, "--type=merge", "-p", compact(body), "--dry-run=client", "-o", "yaml", namespace=target.namespace)
    replace = changed.piped(kubectl("replace", "--force", "-f", "-", namespace=target.namespace))
    return Fix(f"{lasting(summary, target)}; this deletes and recreates it ({interrupts}), and saves it in {file} first", (save.then(replace),),
               Patch(target.ref, "merge", body, recreates=True))


def patch_command(patch: Patch) -> Command:
    """The `kubectl patch` that applies this patch."""
    return kubectl("patch", patch.target, f"--type={patch.type}", "-p", compact(patch.body), namespace=patch.target.namespace)


def in_namespace(namespace: str) -> str:
    """`-n shop ` for commands, or nothing for a kind without namespaces."""
    return f"-n {namespace} " if namespace else ""


@dataclass(frozen=True, slots=True)
class Wait:
    """A Service that Pods call. `name_alone`: they only look up its name, which resolves without any endpoint."""

    service: ObjectRef
    name_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a check has found, in real names and values.

    `summary`: one sentence in the present tense without a full stop. `evidence`: facts that prove it, one a line, none repeating the summary.
    `port`: the Service port it concerns ("80/TCP"), or empty for all of them; `node` and `family` (IPv4, IPv6) alike. `partial`: some requests, nodes or
    clients are still served there; other ports are no reason for it, since the verdict is composed of them. `field`: the path of the guilty field in
    `object`, from which its last change is told.
    `explains`: slugs of other findings that are only what this one looks like from elsewhere, on the same port and of the same workload; `about` names
    the workload where it is not `object`. `awaits`: Services that its Pods call, in that order: the first that gives them nothing is the cause.
    `contradicts`: keys of findings that this one shows to claim too much. `out`: Pods to which no client is sent meanwhile.
    """

    object: KubernetesObject | ObjectRef
    summary: str
    severity: Severity
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    port: str = ""
    node: str = ""
    family: str = ""
    partial: bool = False
    field: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    about: tuple[ObjectRef, ...] = ()
    awaits: tuple[Wait, ...] = ()
    contradicts: tuple[Key, ...] = ()
    out: tuple[ObjectRef, ...] = ()

    @property
    def ref(self) -> ObjectRef:
        return self.object if isinstance(self.object, ObjectRef) else self.object.ref


@dataclass(frozen=True, slots=True)
class Changed:
    """Who last set the guilty field, and when (metadata.managedFields)."""

    field: str
    manager: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with the name of the check that found it, and its place among the others: `cause` is the key of the one that explains it.

    `branches` are those in which it was found, by id; None for what is found at the trunk, which concerns all of them.
    """

    code: str
    slug: str
    hop: str
    symptom: bool
    problem: Problem
    role: Literal["cause", "consequence"] = "cause"
    explains: tuple[str, ...] = ()
    cause: Key | None = None
    fix: Fix | None = None
    changed: Changed | None = None
    branches: frozenset[str] | None = None

    def within(self, branch: str) -> bool:
        """Whether it concerns that branch."""
        return self.branches is None or branch in self.branches

    @property
    def key(self) -> Key:
        """What makes two findings the same one: code, object, port, node and address family."""
        problem = self.problem
        return (self.code, problem.ref, " ".join(filter(None, (problem.port, problem.node, problem.family))))
