"""What is built, under which name in the cache, and when it is not built again. A script stands for the Go compiler."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.lab import binaries
from tests.lab.errors import LabError

GO = """\
#!/bin/sh
echo "$@" >> {log}
case "$1" in
version) echo "go version go1.26.0 test/test" ;;
build) while [ "$1" != -o ]; do shift; done; sleep 0.1; echo "program of $3" > "$2" ;;
list) echo /modules/"$5" ;;
esac
"""
GO_MOD = """\
module example.lab/mine

tool (
\texample.com/one/cmd/first
\tgo.etcd.io/etcd/server/v3
)

tool example.com/second

require k8s.io/kubernetes v1.37.2 // indirect
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toolset `mine` with three programs, and the file in which the compiler's calls are found."""
    source, log = tmp_path / "tools" / "mine", tmp_path / "log"
    source.mkdir(parents=True)
    (source / "go.mod").write_text(GO_MOD)
    (source / "go.sum").write_text("")
    (tmp_path / "go").write_text(GO.format(log=log))
    (tmp_path / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SVCDOCTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(binaries, "_TOOLS", tmp_path / "tools")
    return log


def built(log: Path) -> list[str]:
    return [line.split()[-1] for line in log.read_text().splitlines() if line.startswith("build ")]


def test_the_tool_lines_say_what_is_built(log: Path) -> None:
    binaries.build("mine")
    folder = binaries.binary("mine", "first").parent
    assert sorted(file.name for file in folder.iterdir()) == ["etcd", "first", "second"]
    assert (folder / "etcd").read_text() == "program of go.etcd.io/etcd/server/v3\n"
    assert sorted(file.name for file in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]


def test_what_is_there_is_not_built_again(log: Path) -> None:
    binaries.build("mine", ["first"])
    assert built(log) == ["example.com/one/cmd/first"]
    binaries.build("mine", ["first", "second"])
    binaries.build("mine")
    assert built(log) == ["example.com/one/cmd/first", "example.com/second", "go.etcd.io/etcd/server/v3"]


def test_two_builders_build_once(log: Path) -> None:
    threads = [threading.Thread(target=binaries.build, args=("mine", ["first"])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built(log) == ["example.com/one/cmd/first"]


def test_a_server_knows_its_version(log: Path) -> None:
    binaries.build("mine", ["first"])
    assert "-X k8s.io/component-base/version.gitVersion=v1.37.2" in log.read_text()


def test_a_folder_with_a_main_package_builds_that(log: Path, tmp_path: Path) -> None:
    source = tmp_path / "tools" / "small"
    source.mkdir()
    (source / "go.mod").write_text("module example.lab/small\n")
    (source / "go.sum").write_text("")
    (source / "main.go").write_text("package main\n")
    binaries.build("small")
    assert binaries.binary("small", "small").read_text() == "program of .\n"


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go"])
def test_all_that_decides_what_is_built_is_in_the_digest(log: Path, tmp_path: Path, file: str) -> None:
    source = tmp_path / "tools" / "mine"
    (source / "main.go").write_text("package main\n")
    before = binaries.digest(source, "go1.26.0")
    (source / "README").write_text("not part of it")
    assert binaries.digest(source, "go1.26.0") == before
    assert binaries.digest(source, "go1.26.1") != before
    with (source / file).open("a") as changed:
        changed.write("\n")
    assert binaries.digest(source, "go1.26.0") != before


def test_what_is_not_built_is_named_and_looking_it_up_builds_nothing(log: Path) -> None:
    assert binaries.missing("mine") == ["first", "etcd", "second"]
    with pytest.raises(LabError, match=r"second is not built; `make programs-api` and `make programs-cluster` build"):
        binaries.binary("mine", "second")
    binaries.build("mine", ["second"])
    assert binaries.missing("mine") == ["first", "etcd"]
    assert (binaries.missing("mine", ["second"]), built(log)) == ([], ["example.com/second"])


def test_each_program_is_told_with_its_time(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binaries.build("mine")
    printed = capsys.readouterr()
    assert printed.out == ""
    told = printed.err.splitlines()
    assert [line.split(" in ")[0] for line in told if " built " in line] == ["lab: built first", "lab: built etcd", "lab: built second"]


def test_a_compiler_that_is_too_old_is_told_before_anything_is_built(log: Path, tmp_path: Path) -> None:
    (tmp_path / "tools" / "mine" / "go.mod").write_text(f"{GO_MOD}\ngo 1.27.3\n")
    with pytest.raises(LabError, match=r"with Go 1\.27 or newer, and this is go version go1\.26\.0 .*: install"):
        binaries.build("mine")
    assert built(log) == []


def test_a_module_that_is_not_there_is_fetched_beforehand_only(log: Path, tmp_path: Path) -> None:
    (tmp_path / "go").write_text(GO.format(log=log).replace("echo /modules", f"[ -e {tmp_path}/fetched ] && echo /modules")
                                 .replace("esac", f"mod) touch {tmp_path}/fetched ;;\nesac\nexit 0"))
    with pytest.raises(LabError, match="`make programs-cluster` fetches them"):
        binaries.module_dir("mine", "example.com/one")
    binaries.fetch("mine", "example.com/one")
    binaries.fetch("mine", "example.com/one")
    assert log.read_text().count("mod download example.com/one") == 1
    assert binaries.module_dir("mine", "example.com/one") == Path("/modules/example.com/one")


def test_a_module_is_found(log: Path) -> None:
    assert binaries.module_dir("mine", "example.com/one") == Path("/modules/example.com/one")


def test_an_unknown_toolset_or_program_is_named(log: Path) -> None:
    with pytest.raises(LabError, match="no toolset yours, only mine"):
        binaries.build("yours")
    with pytest.raises(LabError, match="has no third, it builds: first, etcd, second"):
        binaries.binary("mine", "third")


def test_without_go_the_way_out_is_told(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match="there is no `go`: install"):
        binaries.build("mine")


def test_a_failed_build_says_what_the_compiler_said(log: Path, tmp_path: Path) -> None:
    (tmp_path / "go").write_text('#!/bin/sh\n[ "$1" = version ] && exit\necho "undefined: Foo" >&2; exit 1\n')
    with pytest.raises(LabError, match="undefined: Foo"):
        binaries.build("mine")
    assert [file for file in tmp_path.glob("cache/bin/*/*") if file.is_file()] == []
