"""A lab for people: `python -m tests.lab up` starts one that goes on running, `down` removes it.

The one line on stdout is for the shell: `eval "$(python -m tests.lab up)"`. All else goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import claim, controlplane, paths, process, programs
from tests.lab.controlplane import ControlPlane
from tests.lab.errors import LabError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 1 when the lab cannot do it (one message on stderr)."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "up":
            _up(options.id or options.level, options.level)
        elif options.command == "build":
            programs.build(options.level)
        elif options.command == "down":
            _down([options.id] if options.id else _noted())
        else:
            _status()
    except LabError as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("error: interrupted")
        return 1
    return 0


def _up(lab_id: str, level: str) -> None:
    """Start a lab that outlives this process, or find it running, and print what points kubectl at it."""
    note = _note(lab_id) or {"level": level, "kubeconfig": ""}
    if note["level"] != level:
        raise LabError(f"{lab_id} is a lab of level {note['level']}: choose another --id, or remove it by `down`")
    running = _programs(lab_id)
    if note["kubeconfig"] and running and all(running.values()):
        _say(f"the lab {lab_id} is running already")
    else:
        began = time.monotonic()
        _write(lab_id, note | {"kubeconfig": ""})  # before the start, so that `down` knows of one that was killed in it
        note["kubeconfig"] = str(_start(lab_id, level))
        _write(lab_id, note)
        _say(f"the lab {lab_id} is up after {time.monotonic() - began:.1f} s; `down --id {lab_id}` removes it")
    print(f"export KUBECONFIG={shlex.quote(note['kubeconfig'])}", flush=True)


def _start(lab_id: str, level: str) -> Path:
    """Start a lab of this level and return the administrator's kubeconfig."""
    if level == programs.API:
        control_plane = ControlPlane(lab_id)
        control_plane.start()
        return control_plane.admin_kubeconfig
    from tests.lab import cluster  # what nodes need is not needed, nor always there, at the other level

    return cluster.up(lab_id).kubeconfig


def _down(lab_ids: Sequence[str]) -> None:
    """Stop labs and remove all that they left; without any there is nothing to do."""
    if not lab_ids:
        _say("no lab is running")
    for lab_id in lab_ids:
        note = _note(lab_id)
        if note is None:
            raise LabError(f"`up` has started no lab {lab_id}; it has started {', '.join(_noted()) or 'none'}")
        if note["level"] == programs.CLUSTER:
            from tests.lab import cluster

            cluster.down(lab_id)
        else:
            controlplane.remove(lab_id)
        _note_file(lab_id).unlink()
        _say(f"the lab {lab_id} is gone")


def _status() -> None:
    """Print each lab with its level, the programs of its control plane that run, and its kubeconfig."""
    for lab_id in sorted({*claim.started(), *_noted()}):
        note = _note(lab_id) or {"level": "of a test", "kubeconfig": ""}
        running = [name for name, alive in _programs(lab_id).items() if alive]
        print(f"{lab_id}  {note['level']}  {', '.join(running) or 'nothing runs'}  {note['kubeconfig']}".rstrip())


def _programs(lab_id: str) -> dict[str, bool]:
    """The programs of the control plane by name, and whether they run."""
    recorded = process.recorded(paths.run_dir(lab_id) / "control-plane")
    return {name: record.alive() for name, record in recorded.items()}


def _noted() -> list[str]:
    """The labs that `up` has started, whether they still run or not."""
    return sorted(file.stem for file in paths.run_root().glob("*.json"))


def _note(lab_id: str) -> dict[str, str] | None:
    file = _note_file(lab_id)
    if not file.is_file():
        return None
    loaded: dict[str, str] = json.loads(file.read_text())
    return loaded


def _write(lab_id: str, note: dict[str, str]) -> None:
    _note_file(lab_id).write_text(json.dumps(note))


def _note_file(lab_id: str) -> Path:
    """Beside the lab's folder, which comes and goes with each start."""
    folder = paths.run_dir(lab_id)
    return folder.parent / f"{folder.name}.json"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="Real clusters to try things on.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build and install what the labs of a level run")
    build.add_argument("--level", choices=programs.LEVELS, default=programs.API, help="a control plane only, or nodes too")
    up = commands.add_parser("up", help="start a lab, print the line that points kubectl at it")
    up.add_argument("--level", choices=programs.LEVELS, default=programs.API, help="a control plane only, or nodes too")
    up.add_argument("--id", help="what to call it (default: the level)")
    down = commands.add_parser("down", help="stop and remove a lab")
    down.add_argument("--id", help="which (default: all that `up` has started)")
    commands.add_parser("status", help="list the labs")
    return parser


def _say(message: str) -> None:
    print(f"lab: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
