"""Installed into a clean virtual environment, as its user does it: kubectl finds the plugin on PATH and runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.controlplane import ControlPlane
from tests.support.apiserver import REST, cleared, written
from tests.support.cases import base

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "tests" / "requirements.txt"


def pip(python: str, *words: str) -> None:
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], check=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a virtual environment that holds the plugin and what it asks for, as the lock has it, and nothing else."""
    folder = tmp_path_factory.mktemp("venv")
    source = tmp_path_factory.mktemp("source") / "kubectl-svcdoctor"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".git", "tests", "*.egg-info", "build", ".*_cache", "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    wheels = tmp_path_factory.mktemp("wheels")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    # pip takes hashes for all packages or for none, and the one that was just built has none: the versions alone then.
    versions = wheels / "constraints.txt"
    versions.write_text("".join(f"{line.partition(' ')[0]}\n" for line in LOCK.read_text().splitlines() if "==" in line))
    pip(str(folder / "bin/python"), "install", "--constraint", str(versions), *map(str, wheels.glob("*.whl")))
    return folder / "bin"


@pytest.fixture(scope="module")
def environ(control_plane: ControlPlane, installed: Path) -> dict[str, str]:
    rest = REST(control_plane.admin_kubeconfig)
    cleared(rest)
    written(rest, base()["objects"])
    path = f"{installed}{os.pathsep}{os.environ['PATH']}"
    return {**{key: value for key, value in os.environ.items() if key != "PYTHONPATH"}, "PATH": path, "KUBECONFIG": str(control_plane.admin_kubeconfig)}


def kubectl(*words: str, environ: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["kubectl", "svcdoctor", *words], capture_output=True, text=True, env=environ, cwd=folder, check=False)


def test_kubectl_runs_the_plugin(environ: dict[str, str], tmp_path: Path) -> None:
    done = kubectl("web", "-n", "shop", environ=environ, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("✓ shop/web is healthy")


def test_kubectls_spellings_and_statuses_pass_through(environ: dict[str, str], tmp_path: Path) -> None:
    done = kubectl("svc/web", "-n=shop", "-o=json", "--no-probe=true", environ=environ, folder=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "healthy")
    assert kubectl("wep", "-n=shop", environ=environ, folder=tmp_path).returncode == 2


@pytest.mark.parametrize("words", [["--help"], ["version"], ["checks"], ["rights"], ["explain", "SVC201"], ["completion"]])
def test_it_tells_about_itself(words: list[str], environ: dict[str, str], tmp_path: Path) -> None:
    done = kubectl(*words, environ=environ, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_schema_and_the_demo_are_in_the_package(installed: Path, tmp_path: Path) -> None:
    code = ("from importlib import resources; import json;"
            "json.loads((resources.files('kubectl_svcdoctor.render') / 'report.schema.json').read_text());"
            "assert (resources.files('kubectl_svcdoctor.demo') / 'shop.yaml').is_file()")
    subprocess.run([str(installed / "python"), "-c", code], check=True, cwd=tmp_path)
    done = subprocess.run([str(installed / "python"), "-m", "kubectl_svcdoctor.demo"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_kubectl_completes_names(environ: dict[str, str], installed: Path, tmp_path: Path) -> None:
    script = installed / "kubectl_complete-svcdoctor"
    script.write_text(kubectl("completion", environ=environ, folder=tmp_path).stdout)
    script.chmod(0o755)
    done = subprocess.run([str(script), "-n", "shop", "w"], capture_output=True, text=True, env=environ, cwd=tmp_path, check=False)
    assert done.stdout.split() == ["web", ":4"]
