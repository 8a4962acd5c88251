"""The container images of the lab, made here: nothing is pulled.

An image is one small layer: busybox, the C library (Envoy wants it) and, for each program, a link into `/lab/bin`.
The programs themselves stay in one folder of the machine that containerd's base runtime specification mounts there in
every container. So an import takes a fraction of a second instead of unpacking half a gigabyte for each node, and all
nodes share the programs' pages in memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab import packages

PROGRAMS_MOUNT = "/lab/bin"
AGNHOST_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.57"
BUSYBOX_IMAGE = "docker.io/library/busybox:1.36"
PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"
_SEARCH_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOBODY = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


@dataclass(frozen=True)
class Image:
    """One image: the full name a manifest uses, what it runs by default, and with which default arguments."""

    name: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()


def named_in(manifest: str) -> list[str]:
    """Return the image names that a manifest's containers use, in order of appearance."""
    return re.findall(r"^\s*(?:- )?image: *[\"']?([^\s\"']+:[^\s\"']+)", manifest, flags=re.MULTILINE)


def standard() -> list[Image]:
    """Return the images that do not belong to an add-on: the sandbox, the e2e test server, a shell."""
    return [
        Image(PAUSE_IMAGE, ("/bin/sleep",), ("infinity",)),
        Image(AGNHOST_IMAGE, ("/agnhost",), ("pause",)),
        Image(BUSYBOX_IMAGE, (), ("sh",)),
    ]


def programs_folder(programs: Mapping[str, Path], folder: Path) -> Path:
    """Fill `folder` with the programs under the given names (hard links where the file system allows) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for name, source in programs.items():
        target = folder / name
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
    return folder


def write_archive(images: Iterable[Image], programs: Iterable[str], path: Path) -> Path:
    """Write one archive that `ctr images import` takes, with all images on the same layer, and return its path."""
    layer = _layer(programs)
    layer_name = f"{hashlib.sha256(layer).hexdigest()}.tar"
    manifest = []
    with tarfile.open(path, "w") as archive:
        _add_file(archive, layer_name, layer, 0o644)
        for image in images:
            config = _config(image, hashlib.sha256(layer).hexdigest())
            config_name = f"{hashlib.sha256(config).hexdigest()}.json"
            _add_file(archive, config_name, config, 0o644)
            manifest.append({"Config": config_name, "RepoTags": [image.name], "Layers": [layer_name]})
        _add_file(archive, "manifest.json", json.dumps(manifest).encode(), 0o644)
    return path


def runtime_spec(programs: Path) -> str:
    """Return, as JSON, containerd's own default container with the folder of programs mounted read-only."""
    made = subprocess.run([packages.command("ctr"), "oci", "spec"], capture_output=True, text=True, check=True)
    spec = json.loads(made.stdout)
    mount = {"destination": PROGRAMS_MOUNT, "type": "bind", "source": str(programs), "options": ["rbind", "ro"]}
    spec["mounts"].append(mount)
    return json.dumps(spec)


def _config(image: Image, layer: str) -> bytes:
    """The image configuration of the OCI image specification 1.0, with the fields that a runtime reads."""
    run = {"Env": [_SEARCH_PATH], "Entrypoint": list(image.entrypoint), "Cmd": list(image.command), "WorkingDir": "/"}
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{layer}"]}
    return json.dumps({"architecture": _architecture(), "os": "linux", "config": run, "rootfs": rootfs}).encode()


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


def _layer(programs: Iterable[str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for folder in ("bin", "etc", "lab", PROGRAMS_MOUNT[1:], "lib", "lib64", "proc", "root", "run", "sys", "usr", "var"):
            _add_folder(layer, folder, 0o755)
        _add_folder(layer, "tmp", 0o1777)
        _add_file(layer, "etc/passwd", _NOBODY.encode(), 0o644)
        busybox = packages.command("busybox")
        _add_file(layer, "bin/busybox", Path(busybox).read_bytes(), 0o755)
        listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
        for applet in set(listed.stdout.split()) - {"busybox"}:
            _add_link(layer, f"bin/{applet}", "busybox")
        for program in programs:
            _add_link(layer, program, f"{PROGRAMS_MOUNT}/{program}")
            _add_link(layer, f"bin/{program}", f"{PROGRAMS_MOUNT}/{program}")
        for library, content in _c_library().items():
            _add_file(layer, library.lstrip("/"), content, 0o755)
    return buffer.getvalue()


def _c_library() -> dict[str, bytes]:
    """The loader and the libraries of a small dynamic program, and those that Envoy wants besides."""
    listed = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    paths = [word for word in listed.split() if word.startswith("/")]
    folder = next(Path(path).parent for path in paths if "libc.so" in path)
    wanted = [*paths, *(str(folder / f"{name}") for name in ("libm.so.6", "librt.so.1", "libdl.so.2", "libpthread.so.0"))]
    return {path: Path(path).read_bytes() for path in wanted}


def _add_folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
