"""Where the lab keeps things."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import paths
from tests.lab.claim import Claim, LabInUse, started
from tests.lab.errors import LabError


@pytest.fixture(autouse=True)
def own_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVCDOCTOR_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert paths.cache_dir() == Path("/home/somebody/.cache/kubectl-svcdoctor")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert paths.cache_dir() == Path("/var/cache/kubectl-svcdoctor")
    monkeypatch.setenv("SVCDOCTOR_CACHE", "/mnt/lab")
    assert paths.cache_dir() == Path("/mnt/lab")


@pytest.mark.parametrize("lab_id", ["", "../elsewhere", "A", "a b", "-a", "a-", "a" * 33, "a\n"])
def test_an_id_that_could_lead_elsewhere_is_refused(lab_id: str) -> None:
    with pytest.raises(LabError, match="cannot be called"):
        paths.run_dir(lab_id)


def test_the_run_folder_is_private(tmp_path: Path) -> None:
    folder = paths.run_dir("mine")
    assert folder == tmp_path / "kubectl-svcdoctor-lab" / "mine"
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    folder.parent.chmod(0o777)
    with pytest.raises(LabError, match="not a private folder"):
        paths.run_dir("mine")


def test_a_link_in_place_of_the_run_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "kubectl-svcdoctor-lab").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LabError, match="not a private folder"):
        paths.run_root()


def test_a_lab_has_one_owner_at_a_time() -> None:
    claim = Claim("mine")
    with pytest.raises(LabInUse, match="mine is in use"):
        Claim("mine")
    Claim("other").release()
    claim.release()
    claim.release()
    Claim("mine").release()
    assert list(paths.run_root().iterdir()) == []


def test_labs_are_found_by_their_folders() -> None:
    for name in ("b", "a"):
        paths.run_dir(name).mkdir()
    claim = Claim("c")
    assert started() == ["a", "b"]
    claim.release()
