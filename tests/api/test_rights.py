"""One account for each missing right, on a real API server with RBAC: what may not be read is never called healthy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.rights import cluster_role
from tests.lab.controlplane import ControlPlane
from tests.support.apiserver import REST, cleared, written
from tests.support.cases import base

RBAC = "/apis/rbac.authorization.k8s.io/v1"
# What the diagnosis of a healthy Service rests on; everything else is read only when something is wrong.
NEEDED_FOR_HEALTHY = ("services", "pods", "endpointslices")


def run(kubeconfig: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run([sys.executable, "-m", "kubectl_svcdoctor", *words, "-o", "json"], capture_output=True, text=True,
                          env={**os.environ, "KUBECONFIG": str(kubeconfig)}, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def granted(rest: REST, user: str, without: str = "") -> None:
    """The user may read what `rights` prints, but for one resource."""
    role, binding = cluster_role(all_checks())
    rules = [{**rule, "resources": [plural for plural in rule["resources"] if plural != without]} for rule in role["rules"]]
    role = {**role, "metadata": {"name": user}, "rules": [rule for rule in rules if rule["resources"]]}
    binding = {
        **binding, "metadata": {"name": user}, "roleRef": {**binding["roleRef"], "name": user},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    rest.send("DELETE", f"{RBAC}/clusterroles/{user}")
    rest.send("DELETE", f"{RBAC}/clusterrolebindings/{user}")
    rest.done("POST", f"{RBAC}/clusterroles", role)
    rest.done("POST", f"{RBAC}/clusterrolebindings", binding)


@pytest.fixture(scope="module")
def rest(control_plane: ControlPlane) -> REST:
    rest = REST(control_plane.admin_kubeconfig)
    cleared(rest)
    written(rest, base()["objects"])
    return rest


def all_resources() -> list[str]:
    return sorted({plural for rule in cluster_role(all_checks())[0]["rules"] for plural in rule["resources"]})


def test_the_printed_rights_are_enough(control_plane: ControlPlane, rest: REST) -> None:
    granted(rest, "reader")
    status, report, _ = run(control_plane.account("reader"), "web", "-n", "shop")
    assert (status, report["verdict"]) == (0, "healthy")
    assert [unknown for unknown in report["unknowns"] if unknown["why"] == "forbidden"] == []


@pytest.mark.parametrize("resource", all_resources())
def test_a_missing_right_is_never_healthy_where_it_matters(control_plane: ControlPlane, rest: REST, resource: str) -> None:
    user = f"without-{resource.replace('/', '-')}"
    granted(rest, user, without=resource)
    status, report, _ = run(control_plane.account(user), "web", "-n", "shop")
    if resource in NEEDED_FOR_HEALTHY:
        assert (status, report["verdict"]) == (3, "unknown")
    refused = [unknown for unknown in report["unknowns"] if unknown["why"] == "forbidden"]
    assert bool(refused) is (status == 3), "what was asked for and withheld makes the verdict inconclusive, and nothing else does"
    assert all(resource in unknown["what"] + unknown["unlock"] for unknown in refused)


def test_no_rights_at_all_is_inconclusive(control_plane: ControlPlane, rest: REST) -> None:
    status, report, _ = run(control_plane.account("nobody"), "web", "-n", "shop")
    assert (status, report["verdict"], report["findings"]) == (3, "unknown", [])


def test_no_rights_to_list_services_says_so(control_plane: ControlPlane, rest: REST) -> None:
    status, report, stderr = run(control_plane.account("nobody"), "-n", "shop")
    assert (status, report) == (3, {})
    assert "services" in stderr and "forbidden" in stderr
