"""The archive as krew installs it: krew itself unpacks it, kubectl finds the plugin, and it examines a Service."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.lab import binaries
from tests.lab.controlplane import ControlPlane
from tests.support import archive
from tests.support.apiserver import REST, cleared, written
from tests.support.cases import base


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the archive and its manifest."""
    folder = tmp_path_factory.mktemp("dist")
    archive.main(folder)
    return folder


def installed(made: Path, manifest: Path, environ: dict[str, str]) -> None:
    """Have krew install the archive as a manifest says."""
    done = subprocess.run([
        str(binaries.binary("krew", "krew")), "install", f"--manifest={manifest}", f"--archive={made / f'{archive.NAME}-{archive.PLATFORM}.tar.gz'}",
    ], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def environ(made: Path, tmp_path_factory: pytest.TempPathFactory, control_plane: ControlPlane) -> dict[str, str]:
    """The environment of a user who has installed the plugin with krew."""
    rest = REST(control_plane.admin_kubeconfig)
    cleared(rest)
    written(rest, base()["objects"])
    home = tmp_path_factory.mktemp("home")
    root = home / ".krew"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environ = {**kept, "HOME": str(home), "KREW_ROOT": str(root), "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
               "KUBECONFIG": str(control_plane.admin_kubeconfig)}
    installed(made, made / "svcdoctor.yaml", environ)
    return environ


def kubectl(*words: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["kubectl", *words], env=environ, capture_output=True, text=True, check=False)


def test_what_krew_has_installed_examines_a_service(environ: dict[str, str]) -> None:
    assert kubectl("svcdoctor", "--help", environ=environ).stdout.startswith("Usage: kubectl svcdoctor ")
    done = kubectl("svcdoctor", "web", "-n", "shop", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("✓ shop/web is healthy")


def test_krew_s_index_may_call_it_service_doctor(made: Path, environ: dict[str, str], tmp_path: Path) -> None:
    manifest = tmp_path / "service-doctor.yaml"
    manifest.write_text((made / "svcdoctor.yaml").read_text().replace("name: svcdoctor", "name: service-doctor"))
    installed(made, manifest, environ)
    assert kubectl("service-doctor", "--help", environ=environ).stdout.startswith("Usage: kubectl service-doctor ")
    done = kubectl("service-doctor", "nosuch", "-n", "shop", environ=environ)
    assert done.returncode == 2 and "kubectl svcdoctor" not in done.stdout + done.stderr


def test_what_the_official_client_needs_is_in_the_archive(environ: dict[str, str]) -> None:
    """It is trimmed to what a watch and Pods of our own take."""
    with subprocess.Popen(["kubectl", "svcdoctor", "web", "-n", "shop", "--watch", "-v=6"], env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          text=True) as running:
        assert running.stderr
        try:
            # The second examination comes after the first pause; what breaks the watches would be told until then.
            seen = [line for line, _ in zip(running.stderr, range(60), strict=False) if "watch=true" in line][:3]
        finally:
            running.kill()
    assert len(seen) == 3 and all(" 200 " in line for line in seen)


def test_checks_explanations_and_data_are_in_the_archive(environ: dict[str, str]) -> None:
    from kubectl_svcdoctor.checks import all_checks

    listed = kubectl("svcdoctor", "checks", environ=environ).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [check.code for check in all_checks()]
    assert "Why it breaks:" in kubectl("svcdoctor", "explain", "SVC201", environ=environ).stdout


def test_the_archive_holds_the_licence_and_nothing_that_krew_refuses(made: Path) -> None:
    with tarfile.open(made / f"{archive.NAME}-{archive.PLATFORM}.tar.gz") as content:
        members = content.getmembers()
    assert {"LICENSE", archive.NAME} <= {member.name for member in members}
    assert all(member.isfile() or member.isdir() for member in members)


def test_the_same_content_gives_the_same_archive(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    first = archive.packed(tmp_path, 1_700_000_000)
    os.utime(tmp_path / "a", (1, 1))
    assert archive.packed(tmp_path, 1_700_000_000) == first


def test_a_link_is_refused_when_the_archive_is_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(ValueError, match="krew does not unpack link"):
        archive.packed(tmp_path, 0)
