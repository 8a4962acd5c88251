"""The cases on a real API server: a case that passes on one level only shows a wrong model of Kubernetes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.server import APIServer
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.model.workload import PodLog
from tests.lab.controlplane import ControlPlane, running
from tests.support.apiserver import REST, Ahead, cleared, written
from tests.support.budget import allowed
from tests.support.cases import Case, cases
from tests.support.matching import difference

SETTLES_WITHIN = 10.0


@pytest.fixture(scope="session")
def still_plane() -> Iterator[ControlPlane]:
    """A control plane whose endpoint controllers do not run: slices stay as a case gives them."""
    with running("pytest-still", controllers=()) as plane:
        yield plane


@pytest.fixture(scope="session")
def servers(control_plane: ControlPlane, still_plane: ControlPlane) -> dict[bool, tuple[REST, APIServer]]:
    """By whether controllers run: the administrator's requests, and the product's source."""
    return {
        running: (REST(plane.admin_kubeconfig), APIServer(connect(ConnectionOptions(kubeconfig=str(plane.admin_kubeconfig)), {})))
        for running, plane in ((True, control_plane), (False, still_plane))
    }


# What a network answers, no API server can tell.
OF_THE_API = [case for case in cases() if not (case.listens or case.answers or case.kubelet or case.vantages or case.only_unit)]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in OF_THE_API])
def test_case_on_a_real_api_server(case: Case, servers: dict[bool, tuple[REST, APIServer]]) -> None:
    rest, source = servers[case.controllers]
    cleared(rest)
    written(rest, [item for item in case.objects() if item["kind"] != "PodLog" and not (case.controllers and by_controller(item, case))])
    logs = [item for item in case.source().objects if isinstance(item, PodLog)]
    deadline = time.monotonic() + SETTLES_WITHIN
    while True:
        doctor = Doctor(Ahead(source, logs))
        report = doctor.examine(case.examined_as())
        withheld = [unknown for unknown in report.unknowns if unknown.withheld]
        # Whoever looks while the controllers are still at work pays for a second look: only a settled cluster keeps to the budget.
        budget = allowed(case, report, doctor.snapshot.answers)
        listed = "\n".join(str(query.path) for query in doctor.snapshot.answers)
        costly = "" if report.api_requests <= budget else f"{report.api_requests} requests where {budget} have to do; what was read:\n{listed}"
        wrong = difference(case, report) or str(withheld or "") or ("" if report.verdict == case.verdict else report.verdict) or costly
        if not wrong or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert not wrong, wrong


def by_controller(item: dict, case: Case) -> bool:  # type: ignore[type-arg]
    """Whether the running controller will write this slice itself."""
    return item["kind"] == "EndpointSlice" and item["metadata"].get("labels", {}).get(
        "endpointslice.kubernetes.io/managed-by") == "endpointslice-controller.k8s.io"
