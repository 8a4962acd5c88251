"""What a level runs is there before its tests start; a lab that lacks some says so, and compiles nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab import packages, programs
from tests.lab.__main__ import main
from tests.lab.cluster import Cluster
from tests.lab.controlplane import ControlPlane

ROOT = Path(__file__).parents[3]
GO = """\
#!/bin/sh
echo "$@" >> {log}
case "$1" in
version) echo "go version go1.99.0 test/test" ;;
build) while [ "$1" != -o ]; do shift; done; echo "$3" > "$2" ;;
esac
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has built nothing, with a script in place of the Go compiler and of kubectl; the compiler's calls are in its file `log`."""
    for name, text in (("go", GO.format(log=tmp_path / "log")), ("kubectl", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name, value in (("SVCDOCTOR_CACHE", tmp_path / "cache"), ("XDG_RUNTIME_DIR", tmp_path), ("PATH", f"{tmp_path}:/usr/bin:/bin")):
        monkeypatch.setenv(name, str(value))
    return tmp_path


def compiled(bare: Path) -> list[str]:
    return [line.split()[-1] for line in (bare / "log").read_text().splitlines() if line.startswith("build ")]


@pytest.mark.parametrize(("level", "start"), [
    (programs.API, lambda: ControlPlane("bare").start()), (programs.CLUSTER, lambda: Cluster("bare").start())], ids=programs.LEVELS)
def test_a_lab_that_lacks_programs_names_them_and_the_command(bare: Path, level: str, start: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "require_root", lambda: None)
    with pytest.raises(programs.ProgramsMissing, match=rf"lacks etcd, kube-apiserver, .*; `make programs-{level}` brings them"):
        start()
    assert compiled(bare) == [] and list((bare / "kubectl-svcdoctor-lab").glob("*/*")) == []


@pytest.mark.parametrize(("level", "test"), [
    (programs.API, "test_lab.py::test_a_component_can_be_stopped_and_started"), (programs.CLUSTER, "test_lab.py::test_laptop_is_no_node")])
def test_a_level_fails_with_that_sentence_and_skips_nothing(bare: Path, level: str, test: str) -> None:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{level}/{test}"]
    done = subprocess.run(argv, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert (done.returncode, "1 error" in done.stdout, "skipped" in done.stdout) == (1, True, False), done.stdout
    assert f"`make programs-{level}` brings them" in done.stdout and "Traceback" not in done.stdout
    assert compiled(bare) == []


def test_the_command_builds_what_the_level_asks_for(bare: Path) -> None:
    assert main(["build", "--level", programs.API]) == 0
    assert [name.rpartition("/")[2] for name in compiled(bare)] == ["v3", "kube-apiserver", "kube-controller-manager", "krew"]
    programs.require(programs.API)
    with pytest.raises(programs.ProgramsMissing, match=r"lacks kube-proxy, .*kubelet, agnhost, coredns, .*envoy, the sources of"):
        programs.require(programs.CLUSTER)


def test_a_machine_without_kubectl_is_told_before_the_long_builds(bare: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "kubectl").unlink()
    monkeypatch.setenv("PATH", str(bare))
    assert main(["build"]) == 1
    assert "kubectl is not installed" in capsys.readouterr().err and not (bare / "log").exists()
