"""Bad input on a real API server: one sentence, what to do, the right status, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.controlplane import ControlPlane
from tests.support.apiserver import REST, cleared, written
from tests.support.cases import base


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "kubectl_svcdoctor", *words], capture_output=True, text=True,
                          env={**os.environ, **environ}, check=False, timeout=60)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def kubeconfig(control_plane: ControlPlane) -> str:
    rest = REST(control_plane.admin_kubeconfig)
    cleared(rest)
    written(rest, base()["objects"])
    return str(control_plane.admin_kubeconfig)


@pytest.mark.parametrize(("words", "status", "said"), [
    (["wep", "-n", "shop"], 2, "web"),
    (["web", "-n", "nowhere"], 2, "shop"),
    (["zzzzzzz", "-n", "shop"], 2, "zzzzzzz"),
    (["shop/web"], 2, "-n shop"),
    (["Web_1", "-n", "shop"], 2, "cannot be the name"),
    (["web", "-n", "shop", "--context", "nope"], 2, "nope"),
    (["web", "-n", "shop", "-o", "jsn"], 2, "json"),
    (["web", "-n", "shop", "--request-timeout", "5x"], 2, "5x"),
    (["web", "-n", "shop", "--nope"], 2, "--nope"),
    (["web", "-A"], 2, "-A"),
    (["-n", "nowhere"], 2, "nowhere"),
    (["-n", "shop", "-l", "app in"], 2, "label selector"),
    (["web", "-n", "shop", "--replay", "/nonexistent/file"], 2, "--record"),
    (["explain", "SVC999"], 2, "SVC999"),
    (["web", "-n", "shop", "--ignore", "SVC999"], 2, "SVC999"),
])
def test_wrong_words(words: list[str], status: int, said: str, kubeconfig: str) -> None:
    done = run(*words, KUBECONFIG=kubeconfig)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    if status:
        assert done.stderr.startswith("error: ")
        assert not done.stdout


def test_an_unreachable_server_is_inconclusive(kubeconfig: str) -> None:
    done = run("web", "-n", "shop", "--server", "https://127.0.0.1:1", KUBECONFIG=kubeconfig)
    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stdout + done.stderr


def test_a_malformed_kubeconfig_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("clusters: [}")
    done = run("web", KUBECONFIG=str(file))
    assert (done.returncode, str(file) in done.stderr) == (2, True)


def test_without_any_kubeconfig_the_way_out_is_told(tmp_path: Path) -> None:
    done = run("web", KUBECONFIG=str(tmp_path / "none"), HOME=str(tmp_path))
    assert done.returncode in (2, 3)
    assert "kubeconfig" in done.stderr.lower()


def test_expired_credentials_are_called_so(kubeconfig: str, tmp_path: Path) -> None:
    stripped = tmp_path / "config"
    subprocess.run(["cp", kubeconfig, str(stripped)], check=True)
    user = subprocess.run(["kubectl", "--kubeconfig", str(stripped), "config", "view", "-o", "jsonpath={.users[0].name}"],
                          capture_output=True, text=True, check=True).stdout
    subprocess.run(["kubectl", "--kubeconfig", str(stripped), "config", "delete-user", user], check=True, capture_output=True)
    subprocess.run(["kubectl", "--kubeconfig", str(stripped), "config", "set-credentials", user, "--token=expired"], check=True, capture_output=True)
    done = run("web", "-n", "shop", KUBECONFIG=str(stripped))
    assert done.returncode == 3
    assert "credentials" in (done.stdout + done.stderr).lower() or "unauthorized" in (done.stdout + done.stderr).lower()
