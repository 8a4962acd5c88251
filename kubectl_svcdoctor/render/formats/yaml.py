"""-o yaml: the same document as json."""

from __future__ import annotations

import yaml

from kubectl_svcdoctor.model.printable import escaped, invisible
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.document import document
from kubectl_svcdoctor.render.style import Style


class _Dumper(yaml.CSafeDumper):
    """Quotes what a terminal would obey, so that it can be escaped."""


def _represented(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if any(map(invisible, text)) else None)


_Dumper.add_representer(str, _represented)


def rendered(result: Result, how: Style) -> str:
    # libyaml takes some of them for printable; within double quotes YAML escapes them as JSON does.
    return escaped(str(yaml.dump(document(result), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)), spared="\n", yaml=True)
