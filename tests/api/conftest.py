"""A real API server for this level, one for each worker. When it cannot start the tests fail: nothing is skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import controlplane, programs
from tests.lab.controlplane import ControlPlane
from tests.lab.kubectl import Kubectl


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """The control plane that the tests of this process share; Pods, Nodes and workloads in it are hand-written."""
    try:
        programs.require(programs.API)
    except programs.ProgramsMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    with controlplane.running("pytest-api") as started:
        yield started


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """An empty namespace of the test's own."""
    name = control_plane.objects.unique_namespace("test")
    yield name
    control_plane.objects.delete_namespace(name)


@pytest.fixture(scope="session")
def kubectl(control_plane: ControlPlane) -> Kubectl:
    """kubectl as cluster administrator: `kubectl("get", "pods").stdout`."""
    return Kubectl(control_plane.admin_kubeconfig)
