"""One cluster for all tests of this level, and the shop on it; each test mends what it broke.

With `SVCDOCTOR_LAB` set to the id of a running lab (`make lab-up LEVEL=cluster`) that one is used, and left running.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.lab import programs
from tests.lab.cluster import Cluster
from tests.lab.faults import Shop
from tests.lab.readiness import explain

_RUNNING = pytest.StashKey[Cluster]()


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster that the tests share, all its add-ons answering."""
    existing = os.environ.get("SVCDOCTOR_LAB")
    shared = Cluster(existing or f"pytest-{os.getpid()}")
    request.config.stash[_RUNNING] = shared
    if existing:
        yield shared
        return
    try:
        programs.require(programs.CLUSTER)
    except programs.ProgramsMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    with shared:
        yield shared


@pytest.fixture(scope="session")
def shop(cluster: Cluster) -> Shop:
    """The healthy shop."""
    made = Shop(cluster)
    made.setup()
    return made


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show pods, warnings and the logs of the lab's programs below a test that failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    running = item.config.stash.get(_RUNNING, None)
    if report.failed and report.when == "call" and running is not None:
        report.sections.append(("the lab", explain(running)))
