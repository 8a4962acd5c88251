"""The plugin under its other name: whatever it prints to be typed is what is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.model.command import diagnosis


@pytest.fixture(autouse=True)
def own_name() -> Iterator[None]:
    yield
    plugin.call("kubectl-svcdoctor")


@pytest.mark.parametrize("program", ["kubectl-service_doctor", "/opt/krew/bin/kubectl-service_doctor", r"kubectl-service_doctor.exe", "service-doctor"])
def test_it_goes_by_the_name_of_its_file(program: str) -> None:
    plugin.call(program)
    assert (plugin.program(), plugin.file()) == ("kubectl service-doctor", "kubectl-service_doctor")
    command = diagnosis("web", namespace="shop")
    assert str(command) == "kubectl service-doctor web -n shop"
    assert str(command.addressed(["--context", "east"])) == "kubectl service-doctor --context east web -n shop"


@pytest.mark.parametrize("program", ["kubectl-svcdoctor", "/usr/lib/python3/kubectl_svcdoctor/__main__.py", "pytest", ""])
def test_any_other_file_is_the_plugin_itself(program: str) -> None:
    plugin.call(program)
    assert plugin.program() == "kubectl svcdoctor"


def test_nothing_that_it_prints_names_the_other_one(tmp_path: Path) -> None:
    started = tmp_path / "kubectl-service_doctor"
    started.write_text(f"#!{sys.executable}\nfrom kubectl_svcdoctor.cli.main import main\nmain()\n")
    started.chmod(0o755)
    with resources.as_file(resources.files("kubectl_svcdoctor.demo") / "shop.yaml") as recording:
        for words in (["--help"], ["completion"], ["--wrong"], ["explain", "SVC999"], ["explain", "NET103"], ["https://a.b"],
                      ["--replay", str(recording), "-n", "shop"], ["--replay", str(recording), "checkout", "-n", "shop", "-o", "wide"],
                      ["--replay", str(recording), "-n", "shop", "--from", "local"]):
            done = subprocess.run([str(started), *words], capture_output=True, text=True, check=False)
            told = done.stdout + done.stderr
            assert told and "kubectl svcdoctor" not in told and "kubectl-svcdoctor " not in told, (words, told)
