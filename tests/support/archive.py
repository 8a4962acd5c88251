"""Builds what krew installs: a folder with the plugin and its own Python, as an archive, and the manifest that names its checksum.

A folder starts faster than a single file, which would unpack itself at each start. The same sources and tools give the same bytes: names are
sorted, and times are those of the last commit. krew unpacks regular files and folders only, so anything else is refused here.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pkgutil
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import kubernetes.client.models

import kubectl_svcdoctor

ROOT = Path(__file__).parents[2]
NAME = "kubectl-svcdoctor"
PLATFORM = "linux-amd64"
# The standard library brings them in through modules that the plugin uses for something else; leaving them out halves the start.
# Of the official client what it is used for needs no models and no API classes, which are a hundred times as much.
UNUSED = (
    "kubernetes.aio", "kubernetes.client.api", "aiohttp", "multidict", "yarl", "mypy", "hypothesis", "pytest",
    "tkinter", "unittest", "pygments", "setuptools", "pip", "lib2to3", "sqlite3", "curses", "doctest", "pdb",
)


def main(folder: Path) -> int:
    """Write the archive and `svcdoctor.yaml` into the folder and print what was made."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        content = packed(frozen(Path(scratch)), _committed())
    archive = folder / f"{NAME}-{PLATFORM}.tar.gz"
    archive.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (folder / "svcdoctor.yaml").write_text(manifest((ROOT / "krew-manifest.yaml").read_text(), kubectl_svcdoctor.__version__, digest))
    print(f"{archive}: {len(content) / 1e6:.1f} MB, sha256 {digest}")
    return 0


def frozen(scratch: Path) -> Path:
    """The folder that PyInstaller makes of the checkout, with the licence at its top."""
    entry = scratch / "entry.py"
    entry.write_text("from kubectl_svcdoctor.cli.main import main\n\nmain()\n")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(_committed()), "PYTHONDONTWRITEBYTECODE": "1"}
    models = [f"{kubernetes.client.models.__name__}.{module.name}" for module in pkgutil.iter_modules(kubernetes.client.models.__path__)]
    excluded = [word for module in (*UNUSED, *models) for word in ("--exclude-module", module)]
    subprocess.run([
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--onedir", "--strip", "--name", NAME,
        "--paths", str(ROOT), "--collect-submodules", "kubectl_svcdoctor", "--collect-data", "kubectl_svcdoctor", *excluded,
        "--distpath", str(scratch / "dist"), "--workpath", str(scratch / "work"), "--specpath", str(scratch), str(entry),
    ], check=True, env=environ, cwd=scratch)
    made = scratch / "dist" / NAME
    shutil.copy(ROOT / "LICENSE", made / "LICENSE")
    return made


def packed(folder: Path, moment: int) -> bytes:
    """The folder's content as tar.gz. Raises ValueError for what krew would not unpack."""
    packing = io.BytesIO()
    with gzip.GzipFile(fileobj=packing, mode="wb", mtime=moment) as compressed, tarfile.open(fileobj=compressed, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()) or ".." in str(path.relative_to(folder)):
                raise ValueError(f"krew does not unpack {path.relative_to(folder)}: regular files and folders only, and no '..' in a name")
            entry = archive.gettarinfo(str(path), str(path.relative_to(folder)))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = moment
            entry.mode = 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644
            with path.open("rb") if path.is_file() else io.BytesIO() as content:
                archive.addfile(entry, content if path.is_file() else None)
    return packing.getvalue()


def manifest(template: str, version: str, digest: str) -> str:
    """The template with a version and a checksum. Raises ValueError where it has no place for them."""
    _, _, body = template.partition("\n")
    if "v0.0.0" not in body or "0" * 64 not in body:
        raise ValueError("krew-manifest.yaml: the places of version (v0.0.0) and checksum (64 zeros) are gone")
    return body.replace("v0.0.0", f"v{version}").replace("0" * 64, digest)


def _committed() -> int:
    """When the checkout was last committed, in seconds since 1970."""
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(told.stdout)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
