"""The cases on a real API server: a case that passes on one level only shows a wrong model of Kubernetes.

What a report then prints is given to that server too: each patch and each command as a dry run, which has to be accepted and to give the object
that `remedy` has computed.
"""

from __future__ import annotations

import difflib
import functools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.fixes.patches import apply
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME, EndpointSlice
from kubectl_svcdoctor.model.finding import Finding, Patch
from kubectl_svcdoctor.model.meta import KubernetesObject
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import PodLog
from tests.lab.controlplane import ControlPlane, running
from tests.support.apiserver import FOREIGN, REST, Ahead, cleared, collected, single, written
from tests.support.budget import allowed
from tests.support.cases import Case, cases
from tests.support.matching import difference
from tests.support.printed import DRY, NOT_TRIED, READS, Paste, verb
from tests.support.slices import grouped

Manifest = dict[str, Any]
SETTLES_WITHIN = 10.0


@pytest.fixture(scope="session")
def still_plane() -> Iterator[ControlPlane]:
    """A control plane whose endpoint controllers do not run: slices stay as a case gives them."""
    with running("pytest-still", controllers=()) as plane:
        yield plane


@dataclass(frozen=True)
class Server:
    """A control plane with the administrator's requests, and the product's source."""

    plane: ControlPlane
    rest: REST
    source: APIServer


@pytest.fixture(scope="session")
def servers(control_plane: ControlPlane, still_plane: ControlPlane) -> dict[bool, Server]:
    """By whether controllers run."""
    return {
        running: Server(plane, REST(plane.admin_kubeconfig), APIServer(connect(ConnectionOptions(kubeconfig=str(plane.admin_kubeconfig)), {})))
        for running, plane in ((True, control_plane), (False, still_plane))
    }


# What a network answers, no API server can tell: the cases' own network answers. What a server serves stays from case to case: test_discovery.py tries it.
ON_A_SERVER = [case for case in cases() if not case.only_unit and not case.unserved]


@pytest.fixture
def paste(servers: dict[bool, Server], tmp_path: Path) -> Callable[[bool], Paste]:
    @functools.cache
    def by_server(controllers: bool) -> Paste:
        return Paste(servers[controllers].plane.admin_kubeconfig, tmp_path)

    return by_server


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in ON_A_SERVER])
def test_case_on_a_real_api_server(case: Case, servers: dict[bool, Server], paste: Callable[[bool], Paste]) -> None:
    server = servers[case.controllers]
    cleared(server.rest)
    moment = written(server.rest, [item for item in case.objects() if item["kind"] != "PodLog" and not (case.controllers and by_controller(item, case))])
    doctor, report = examined(case, server, moment)
    refused = [complaint for finding in report.findings if finding.fix for complaint in tried(case, finding, doctor, server.rest, paste(case.controllers))]
    assert not refused, "\n".join(refused)


def other_slices(case: Case, server: Server) -> str:
    """What the controllers write otherwise than the model of them, out of which unit cases have their slices; empty when they agree.

    Slices without endpoints are left out: they come and go with the order in which a controller saw a Service and its Pods. So are those of Services
    that the case does not have: a controller may have written one while the case before was cleared away.
    """
    served = {(item.namespace, item.name) for item in case.source().objects if isinstance(item, Service)}
    query = Query(EndpointSlice)
    answer = server.source.ask([query])[query]  # type: ignore[list-item,index]
    theirs = grouped(part for part in answer if part.labels.get(SERVICE_NAME) not in FOREIGN)  # type: ignore[union-attr,attr-defined]
    ours = grouped(item for item in case.source().objects if isinstance(item, EndpointSlice))
    parts = [f"{key}:\n  the controllers write {theirs.get(key)}\n  the case has {ours.get(key)}"
             for key in {**theirs, **ours} if key[:2] in served and theirs.get(key, set()) != ours.get(key, set())]
    return "\n".join(parts) if case.controllers else ""


def examined(case: Case, server: Server, moment: datetime) -> tuple[Doctor, Report]:
    """The report that the case demands, as soon as the controllers have settled."""
    logs = [item for item in case.source().objects if isinstance(item, PodLog)]
    deadline = time.monotonic() + SETTLES_WITHIN
    while True:
        doctor = Doctor(Ahead(server.source, logs, moment), prober=case.prober(), vantages=case.vantages, ask_everything=case.everything)
        report = doctor.examine(case.examined_as())
        withheld = [unknown for unknown in report.unknowns if unknown.withheld and unknown.what not in case.unseen]
        # Whoever looks while the controllers are still at work pays for a second look: only a settled cluster keeps to the budget.
        budget = allowed(case, report, doctor.snapshot.answers)
        listed = "\n".join(str(query.path) for query in doctor.snapshot.answers)
        costly = "" if report.api_requests <= budget else f"{report.api_requests} requests where {budget} have to do; what was read:\n{listed}"
        wrong = difference(case, report) or str(withheld or "") or ("" if report.verdict == case.verdict else report.verdict) or costly
        wrong = wrong or other_slices(case, server)
        if not wrong or time.monotonic() > deadline:
            break
        time.sleep(0.2)
        if case.controllers:
            collected(server.rest)
    assert not wrong, wrong
    return doctor, report


def by_controller(item: dict, case: Case) -> bool:  # type: ignore[type-arg]
    """Whether the running controller will write this slice itself."""
    return item["kind"] == "EndpointSlice" and item["metadata"].get("labels", {}).get(
        "endpointslice.kubernetes.io/managed-by") == "endpointslice-controller.k8s.io"


def tried(case: Case, finding: Finding, doctor: Doctor, rest: REST, paste: Paste) -> Iterator[str]:
    """What the server says against the patch and the commands of a finding's fix, and how what it gives differs from what was computed."""
    fix = finding.fix
    assert fix is not None
    wanted = computed(fix.patch, doctor) if fix.patch else None
    if fix.patch and wanted:
        yield from patched(finding, fix.patch, wanted, rest)
    for command in fix.commands:
        runs, failure = paste(str(command))
        if failure and not (case.ownerless and all(verb(run.argv) in READS for run in runs)):  # who is gone cannot be read
            yield f"{finding.code}: {command}\n    {failure}"
        for run in runs:
            name = verb(run.argv)
            if name not in (*READS, *DRY, *NOT_TRIED):
                yield f"{finding.code}: nobody says whether `kubectl {name}` can be tried: add it to a list in tests/support/printed.py"
            if name == "scale":
                continue  # a dry run of it prints the object as it was
            for manifest in run.objects if wanted else ():
                yield from unlike(f"{finding.code}: {command}", manifest, wanted, "--force" in run.argv)


def computed(patch: Patch, doctor: Doctor) -> KubernetesObject | None:
    """The object after the patch, as `remedy` has it; None where the object was not read."""
    answers = (answer for answer in doctor.snapshot.answers.values() if not isinstance(answer, Unknown))
    target = next((item for answer in answers for item in answer if item.ref == patch.target), None)
    return apply(patch, target) if target else None


def patched(finding: Finding, patch: Patch, wanted: KubernetesObject, rest: REST) -> Iterator[str]:
    kind = type(wanted).resource
    path = single(kind, {"name": wanted.name, "namespace": wanted.namespace})
    status, answer = rest.send("PATCH", f"{path}?dryRun=All&fieldValidation=Strict", patch.body, f"application/{patch.type}-patch+json")
    if status >= 300:
        replaced = any("--force" in str(command) for command in finding.fix.commands) if finding.fix else False
        if not replaced:  # what the server does not let change is replaced, and the command tells
            yield f"{finding.code}: the patch {patch.body} is refused: {answer.get('message')}"
        return
    yield from unlike(f"{finding.code}: the patch {patch.body}", answer, wanted)


def filled(value: Any) -> Any:
    """The value without empty parts: for a server an empty list and none are the same."""
    if isinstance(value, dict):
        return {key: entry for key, entry in ((key, filled(entry)) for key, entry in value.items()) if entry not in (None, [], {}, "")}
    return [filled(entry) for entry in value] if isinstance(value, (list, tuple)) else value


OF_THE_SERVER = ("resource_version", "generation", "managed_fields")


def unlike(what: str, manifest: Manifest, wanted: KubernetesObject, recreated: bool = False) -> Iterator[str]:
    """How the server's object differs from the computed one; not at all, if it is another object."""
    given = decode.from_manifest(type(wanted), manifest)
    if (manifest["kind"], given.ref) != (wanted.ref.kind, wanted.ref):
        return
    fresh = {name: getattr(given.metadata, name) for name in (*OF_THE_SERVER, *(("uid", "creation_timestamp") if recreated else ()))
             if hasattr(given.metadata, name)}
    expected = replace(wanted, metadata=replace(wanted.metadata, **fresh))
    if given != expected:
        one, other = (json.dumps(filled(decode.to_manifest(item)), indent=1, sort_keys=True).splitlines() for item in (expected, given))
        if one == other:
            return
        changes = difflib.unified_diff(one, other, "computed", "server", n=2, lineterm="")
        yield f"{what}: the server gives another object than was computed:\n" + "\n".join(changes)
