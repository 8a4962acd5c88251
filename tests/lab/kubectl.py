"""kubectl against a lab, as a person would use it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.lab.errors import LabError


class Kubectl:
    """Runs kubectl with a kubeconfig. What it learns of a server is kept beside that file and goes with the lab."""

    def __init__(self, kubeconfig: Path) -> None:
        """Use this kubeconfig; raise `LabError` when there is no kubectl."""
        found = shutil.which("kubectl")
        if found is None:
            raise LabError("kubectl is not installed; https://kubernetes.io/docs/tasks/tools/ says how")
        self._program = found
        # Without its own cache, a server on the port of an earlier one would be taken for that one.
        self._environment = {"KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(kubeconfig.parent / "kubectl-cache")}

    def __call__(self, *args: str, stdin: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `kubectl ARGS` and return how it ended; its failure is the caller's to judge."""
        environment = {**os.environ, **self._environment}
        argv = [self._program, *args]
        return subprocess.run(
            argv, input=stdin, capture_output=True, text=True, check=False, timeout=timeout, env=environment
        )
