"""Prints what setup.cfg asks for at run time and for tests, one requirement a line: the tests run from the checkout, uninstalled."""

from __future__ import annotations

import configparser
from pathlib import Path

parser = configparser.ConfigParser()
parser.read(Path(__file__).parent.parent.parent / "setup.cfg")
print(parser["options"]["install_requires"], parser["options.extras_require"]["test"], parser["options.extras_require"]["socks"], sep="\n")
