"""The programs of a lab, built from Go modules: `tools/TOOLSET/go.mod` says which, the cache keeps what was built.

A toolset is a module of its own with `tool` lines, or a small main package (then the program has the folder's name).
Its folder in the cache is named by a hash of all that decides what is built, so a second call builds nothing.
`build` and `fetch` are for the time before the tests: a lab only looks up what is there, since compiling takes longer
than any test may.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.lab import paths
from tests.lab.errors import LabError

_TOOLS = Path(__file__).parent / "tools"
_NAMES = {"go.etcd.io/etcd/server/v3": "etcd"}
"""Programs that are not called like the last part of their package."""
_TOOL_LINES = re.compile(r"^tool\s+(?:\(([^)]*)\)|(\S+))", re.MULTILINE)
_KUBERNETES = re.compile(r"^(?:require)?\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)", re.MULTILINE)
_NEEDED_GO = re.compile(r"^go (\d+)\.(\d+)", re.MULTILINE)
_FOUND_GO = re.compile(r"\bgo(\d+)\.(\d+)")
_INSTALL_GO = "install 1.26 or newer, https://go.dev/dl"
_PROGRESS_SECONDS = 30


def build(toolset: str, only: Sequence[str] = ()) -> None:
    """Build the programs of a toolset (those named in `only`, else all) that the cache lacks.

    What it does goes to stderr. Raises `LabError` when `go` is missing, a program is unknown or the compiler fails.
    """
    source, folder, wanted = _place(toolset, only)
    if _missing(folder, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            missing = _missing(folder, wanted)
            if missing:
                _compile(source, missing, folder)


def missing(toolset: str, only: Sequence[str] = ()) -> list[str]:
    """Return which programs of a toolset (of those named in `only`, else of all) are not built; errors as in `build`."""
    _, folder, wanted = _place(toolset, only)
    return list(_missing(folder, wanted))


def binary(toolset: str, name: str) -> Path:
    """Return the path of one program of a toolset; raise `LabError` when it is not built or unknown."""
    _, folder, wanted = _place(toolset, [name])
    if _missing(folder, wanted):
        raise LabError(f"{name} is not built; `make programs-api` and `make programs-cluster` build the lab's programs")
    return folder / name


def fetch(toolset: str, module: str) -> None:
    """Fetch the sources of a module that a toolset uses, when they are not there yet."""
    if not fetched(toolset, module):
        _progress(f"fetching {module}")
        _go(_source(toolset), ["mod", "download", module])


def fetched(toolset: str, module: str) -> bool:
    """Return whether the sources of a module that a toolset uses are on this machine."""
    return bool(_module_dir(toolset, module))


def module_dir(toolset: str, module: str) -> Path:
    """Return the read-only folder with the sources of a module that a toolset uses; raise `LabError` without them."""
    folder = _module_dir(toolset, module)
    if not folder:
        raise LabError(f"the sources of {module} are not here; `make programs-cluster` fetches them")
    return Path(folder)


def programs(source: Path) -> dict[str, str]:
    """Return what a toolset's folder builds: program -> package."""
    found = _TOOL_LINES.findall((source / "go.mod").read_text())
    packages = [package for block, single in found for package in (block.split() or [single])]
    if not packages:
        return {source.name: "."}
    return {_NAMES.get(package, package.rpartition("/")[2]): package for package in packages}


def digest(source: Path, go_version: str) -> str:
    """Return the name of what a toolset's folder builds with this compiler: 16 hexadecimal digits."""
    hashed = hashlib.sha256(f"{go_version}\n{_flags(source)}\n".encode())
    for file in sorted([source / "go.mod", source / "go.sum", *source.glob("*.go")]):
        hashed.update(f"{file.name}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:16]


def _place(toolset: str, only: Sequence[str]) -> tuple[Path, Path, dict[str, str]]:
    """The sources of a toolset, its folder in the cache, and program -> package of what is wanted of it."""
    source = _source(toolset)
    known = programs(source)
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise LabError(f"toolset {toolset} has no {', '.join(unknown)}, it builds: {', '.join(known)}")
    folder = paths.cache_dir() / "bin" / f"{toolset}-{digest(source, _go_version(source))}"
    return source, folder, {name: known[name] for name in (only or known)}


def _module_dir(toolset: str, module: str) -> str:
    return _go(_source(toolset), ["list", "-m", "-f", "{{.Dir}}", module])


def _source(toolset: str) -> Path:
    source = _TOOLS / toolset
    if not (source / "go.mod").is_file():
        known = sorted(file.parent.name for file in _TOOLS.glob("*/go.mod"))
        raise LabError(f"there is no toolset {toolset}, only {', '.join(known)}")
    return source


def _flags(source: Path) -> list[str]:
    """What Kubernetes' own release build does too: without it a server says that it is v0.0.0-master."""
    version = _KUBERNETES.search((source / "go.mod").read_text())
    if version is None:
        return []
    values = zip(("gitVersion", "gitMajor", "gitMinor"), version.groups(), strict=True)
    return ["-ldflags=" + " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values)]


def _missing(folder: Path, wanted: dict[str, str]) -> dict[str, str]:
    return {name: package for name, package in wanted.items() if not (folder / name).is_file()}


def _compile(source: Path, wanted: dict[str, str], folder: Path) -> None:
    """Compile beside the cache's folder and move each finished program in, so that no half of one is seen there."""
    flags = ["-trimpath", "-buildvcs=false", *_flags(source)]
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as scratch:
        for name, package in wanted.items():
            _progress(f"building {name} ({source.name}); the first time this takes minutes")
            began = time.monotonic()
            _go(source, ["build", *flags, "-o", f"{scratch}/{name}", package])
            os.replace(f"{scratch}/{name}", folder / name)
            _progress(f"built {name} in {time.monotonic() - began:.0f} s")


def _go_version(source: Path) -> str:
    """What the compiler says that it is; one that is too old, and cannot fetch its successor, would stop much later."""
    told = _go(source, ["version"])
    needed = _NEEDED_GO.search((source / "go.mod").read_text())
    found = _FOUND_GO.search(told)
    if needed and found and tuple(map(int, found.groups())) < tuple(map(int, needed.groups())):
        raise LabError(f"the lab builds Kubernetes with Go {'.'.join(needed.groups())} or newer, and this is {told}: {_INSTALL_GO}")
    return told


def _go(source: Path, arguments: Sequence[str]) -> str:
    """Run go in a toolset's folder and return what it prints; lines on stderr tell that it still works."""
    program = shutil.which("go")
    if program is None:
        raise LabError(
            f"the lab builds Kubernetes from Go modules, and there is no `go`: {_INSTALL_GO}"
        )
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    child = subprocess.Popen(
        [program, *arguments], cwd=source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    began = time.monotonic()
    while True:
        try:
            out, errors = child.communicate(timeout=_PROGRESS_SECONDS)
            break
        except subprocess.TimeoutExpired:
            _progress(f"still at it: go {arguments[0]} {arguments[-1]}, {time.monotonic() - began:.0f} s")
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if child.returncode != 0:
        raise LabError(f"go {' '.join(arguments)} failed in {source}:\n{errors.strip()[-3000:]}")
    return out.strip()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one builder in at a time; the lock goes with its holder, however that ends."""
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _progress("another process builds the same programs, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _progress(message: str) -> None:
    print(f"lab: {message}", file=sys.stderr, flush=True)
