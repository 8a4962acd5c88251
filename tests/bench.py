"""Time and memory, each figure beside one to compare it with, in one run: `make bench`.

These machines are shared and noisy: look at ratios and medians, not at single figures.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.lab.controlplane import running
from tests.support.apiserver import REST, written
from tests.support.cases import base

ROUNDS = 7
PLUGIN = [sys.executable, "-m", "kubectl_svcdoctor"]


def main() -> None:
    with running("bench") as plane:
        written(REST(plane.admin_kubeconfig), base()["objects"])
        environ = {**os.environ, "KUBECONFIG": str(plane.admin_kubeconfig)}
        by_hand = [
            ["kubectl", "-n", "shop", "get", "service", "web", "-o", "yaml"],
            ["kubectl", "-n", "shop", "describe", "service", "web"],
            ["kubectl", "-n", "shop", "get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "yaml"],
            ["kubectl", "-n", "shop", "get", "pods", "-l", "app=web", "-o", "wide"],
            ["kubectl", "-n", "shop", "describe", "pods", "-l", "app=web"],
            ["kubectl", "-n", "shop", "get", "events"],
        ]
        compare("a whole diagnosis", [[*PLUGIN, "web", "-n", "shop"]], "six kubectl commands", by_hand, environ)
        compare("--help", [[*PLUGIN, "--help"]], "version", [[*PLUGIN, "version"]], environ)
        compare("all Services", [[*PLUGIN, "-A", "-o", "name"]], "kubectl get all", [["kubectl", "get", "all", "-A"]], environ)
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")


def compare(one: str, ours: Sequence[list[str]], other: str, theirs: Sequence[list[str]], environ: dict[str, str]) -> None:
    """Run both in turn, so that a machine that slows down slows both."""
    timed: dict[str, list[float]] = {one: [], other: []}
    for _ in range(ROUNDS):
        for name, commands in ((one, ours), (other, theirs)):
            timed[name].append(seconds(lambda commands=commands: [run(command, environ) for command in commands]))  # type: ignore[misc]
    for name, values in timed.items():
        print(f"{name:24} median {statistics.median(values):6.3f} s  (min {min(values):.3f}, max {max(values):.3f})")
    ratios = [mine / yours for mine, yours in zip(timed[one], timed[other], strict=True)]
    print(f"{'ratio, pair by pair':24} median {statistics.median(ratios):6.2f}    (min {min(ratios):.2f}, max {max(ratios):.2f})\n")


def run(command: list[str], environ: dict[str, str]) -> None:
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
