"""The formats for programs: json, yaml and name."""

from __future__ import annotations

import json

from kubectl_svcdoctor.model.printable import escaped, invisible
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.document import document


def as_json(result: Result) -> str:
    return escaped(json.dumps(document(result), indent=2, ensure_ascii=False), spared="\n") + "\n"


def as_yaml(result: Result) -> str:
    import yaml

    class Dumper(yaml.CSafeDumper):
        """Quotes what a terminal would obey, so that it can be escaped."""

    def represent(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if any(map(invisible, text)) else None)

    Dumper.add_representer(str, represent)
    # libyaml takes some of them for printable; within double quotes YAML escapes them as JSON does.
    return escaped(str(yaml.dump(document(result), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)), spared="\n", yaml=True)


def as_name(result: Result) -> str:
    """`service/web shop broken`, one subject a line; a fourth word, `unprobed`, where nothing but the API was asked."""
    lines = []
    for report in result.reports:
        subject = report.subject
        unprobed = "" if report.probed else " unprobed"
        lines.append(escaped(f"{subject.short} {subject.namespace} {report.verdict}{unprobed}") + "\n")
    return "".join(lines)
