"""Prints what setup.cfg asks for at run time and for tests, and what builds the package, one requirement a line: the ranges behind the lock.

The tests run from the checkout, uninstalled.
"""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def asked() -> list[str]:
    """Return the requirements, ranges as they are declared."""
    return [*run_time(), *_extra("test"), *tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]]


def run_time() -> list[str]:
    """Return what the installed package asks for, with its optional parts."""
    return [*_lines(_setup()["options"]["install_requires"]), *_extra("socks")]


def _extra(name: str) -> list[str]:
    return _lines(_setup()["options.extras_require"][name])


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


if __name__ == "__main__":
    print(*asked(), sep="\n")
