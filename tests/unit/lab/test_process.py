"""Programs and their records: what was left is ended, what is not ours is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tests.lab.process import Process, Record, end_recorded, recorded

STAT = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194304 65 0 0 0 0 0 0 0 20 0 1 0 618323 2654208 405\n"
LEAVE_ONE = """
import os, pathlib, sys
from tests.lab.process import Process
left = Process("left", ["/bin/sleep", "60"], folder=pathlib.Path(sys.argv[1]))
left.start()
os._exit(9)
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = Process("sleeper", ["/bin/sleep", "60"], folder=tmp_path)
    process.start()
    yield process
    process.stop(grace=0)


def test_a_record_is_read_from_the_kernels_line() -> None:
    assert Record.parse(f"boot\n{STAT}") == Record(4711, 618323, "boot")


@pytest.mark.parametrize("text", ["", "boot\n", f"boot\n{STAT[:40]}", f"boot\n{STAT.rstrip()}"])
def test_half_a_record_is_none(text: str) -> None:
    assert Record.parse(text) is None


def test_the_recorded_process_is_the_program_itself(sleeper: Process, tmp_path: Path) -> None:
    record = recorded(tmp_path)["sleeper"]
    assert record.pid == sleeper.pid
    assert record.alive()
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_another_process_with_the_same_number_is_left_alone(sleeper: Process, tmp_path: Path) -> None:
    record = recorded(tmp_path)["sleeper"]
    for other in (replace(record, started=record.started - 1), replace(record, boot="another boot")):
        assert not other.alive()
        other.signal(signal.SIGKILL)
        other.end(grace=0)
    assert sleeper.running()


def test_what_a_killed_harness_left_is_ended(sleeper: Process, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    done = subprocess.run([sys.executable, "-c", LEAVE_ONE, str(folder)], check=False)
    left = recorded(folder)["left"]
    assert (done.returncode, left.alive()) == (9, True)
    assert end_recorded(folder) == ["left"]
    assert not left.alive()
    assert (end_recorded(folder), recorded(folder)) == ([], {})
    assert sleeper.running()


def test_a_program_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    process = Process(
        "deaf", ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], folder=tmp_path
    )
    process.start()
    process.wait_ready(lambda: "ready" in process.log_tail(), 10)
    process.stop(grace=0.1)
    assert not process.running()
    assert recorded(tmp_path) == {}


def test_a_paused_program_can_be_stopped(sleeper: Process) -> None:
    sleeper.pause()
    began = time.monotonic()
    sleeper.stop(grace=5)
    assert not sleeper.running()
    assert time.monotonic() - began < 4


def test_a_program_that_dies_is_reported_at_once_with_its_last_words(tmp_path: Path) -> None:
    process = Process("frail", ["/bin/sh", "-c", "echo cannot bind >&2; exit 3"], folder=tmp_path)
    process.start()
    with pytest.raises(LabError, match=r"frail ended with status 3:\ncannot bind"):
        process.wait_ready(lambda: False, 60)


def test_a_program_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    process = Process("missing", ["/nonexistent/program"], folder=tmp_path)
    process.start()
    with pytest.raises(LabError, match="missing ended with status 127"):
        process.wait_ready(lambda: False, 60)


def test_a_program_that_never_gets_ready_is_reported(sleeper: Process) -> None:
    with pytest.raises(LabError, match="sleeper is not ready after 0 s"):
        sleeper.wait_ready(lambda: False, 0.05)


def test_its_environment_is_added(tmp_path: Path) -> None:
    process = Process("env", ["/bin/sh", "-c", "echo $COLOUR $HOME"], folder=tmp_path, environment={"COLOUR": "green"})
    process.start()
    deadline = time.monotonic() + 10
    while process.running() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.log_tail() == f"green {os.environ['HOME']}"


def test_before_its_start_it_has_no_pid(tmp_path: Path) -> None:
    process = Process("idle", ["/bin/true"], folder=tmp_path)
    assert not process.running()
    with pytest.raises(LabError, match="idle is not started"):
        _ = process.pid
