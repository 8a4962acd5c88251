"""The name under which the plugin was called, so that what it prints can be pasted wherever it is installed under its other name.

kubectl finds a plugin by the file's name, in which an underscore stands for a dash; krew names the file by the plugin's name in its index.
"""

from __future__ import annotations

import re

NAME = "svcdoctor"
ALIAS = "service-doctor"
_called = NAME


def call(program: str) -> None:
    """Say how the process was started, by its argv[0]; once, before anything is printed. Any other file than one of the alias's is the plugin itself."""
    global _called
    file = re.split(r"[/\\]", program)[-1].removesuffix(".exe").removeprefix("kubectl-")
    _called = ALIAS if file.replace("_", "-") == ALIAS else NAME


def name() -> str:
    """`svcdoctor` or `service-doctor`."""
    return _called


def program() -> str:
    """`kubectl svcdoctor`, as texts name it."""
    return f"kubectl {_called}"


def file() -> str:
    """`kubectl-service_doctor`: the file that kubectl looks for."""
    return f"kubectl-{_called.replace('-', '_')}"
