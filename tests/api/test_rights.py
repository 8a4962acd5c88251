"""One account for each missing right, on a real API server with RBAC: what may not be read is never called healthy."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.cli.rights import cluster_role
from tests.lab.controlplane import ControlPlane
from tests.support.apiserver import REST, cleared, written
from tests.support.cases import base
from tests.support.replay import differences

RBAC = "/apis/rbac.authorization.k8s.io/v1"
# What the diagnosis of a healthy Service rests on; everything else is read only when something is wrong.
NEEDED_FOR_HEALTHY = ("services", "pods", "endpointslices")


def run(kubeconfig: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """What is said to the account; its recording, replayed without a cluster, has to say the same."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recording"
        status, said, stderr = _run({"KUBECONFIG": str(kubeconfig)}, *words, "--record", str(file))
        if file.exists():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            again, replayed, _ = _run({"KUBECONFIG": os.devnull}, *words, "--replay", str(file))
            assert (again, list(differences(said, replayed))) == (status, [])
    return status, said, stderr


def _run(environ: Mapping[str, str], *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run([sys.executable, "-m", "kubectl_svcdoctor", *words, "-o", "json"], capture_output=True, text=True,
                          env={**os.environ, **environ}, check=False)
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


@pytest.mark.parametrize("words", [("web",), ("api",), ("pod/web-6d4cf56db6-aaaaa",), ("web.shop:80",), ("wbe",), ()])
def test_rights_in_one_namespace_only(control_plane: ControlPlane, rest: REST, words: tuple[str, ...]) -> None:
    """A RoleBinding in place of a ClusterRoleBinding: nothing outside of the namespace may be read, and no Nodes."""
    granted(rest, "narrow")
    rest.done("DELETE", f"{RBAC}/clusterrolebindings/narrow")
    rest.send("DELETE", f"{RBAC}/namespaces/shop/rolebindings/narrow")
    rest.done("POST", f"{RBAC}/namespaces/shop/rolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "narrow", "namespace": "shop"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "narrow"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "narrow"}],
    })
    status, said, _ = run(control_plane.account("narrow"), *words, "-n", "shop")
    reports = said["items"] if said["kind"] == "ReportList" else [said]
    assert all("forbidden" in {unknown["why"] for unknown in report["unknowns"]} for report in reports if report["verdict"] == "unknown")
    assert status == (2 if words == ("wbe",) else 3)


def test_no_rights_at_all_is_inconclusive(control_plane: ControlPlane, rest: REST) -> None:
    status, report, _ = run(control_plane.account("nobody"), "web", "-n", "shop")
    assert (status, report["verdict"], report["findings"]) == (3, "unknown", [])


def test_no_rights_to_list_services_says_so(control_plane: ControlPlane, rest: REST) -> None:
    status, report, stderr = run(control_plane.account("nobody"), "-n", "shop")
    assert (status, report) == (3, {})
    assert "services" in stderr and "forbidden" in stderr
