"""The formats for programs: json, yaml and name."""

from __future__ import annotations

import json

from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.document import document


def as_json(result: Result) -> str:
    return json.dumps(document(result), indent=2, ensure_ascii=False) + "\n"


def as_yaml(result: Result) -> str:
    import yaml

    return str(yaml.dump(document(result), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120))


def as_name(result: Result) -> str:
    """`service/web shop broken`, one subject a line; a fourth word, `unprobed`, where nothing but the API was asked."""
    lines = []
    for report in result.reports:
        subject = report.subject
        unprobed = "" if report.probed else " unprobed"
        lines.append(f"{subject.kind.lower()}/{subject.name} {subject.namespace} {report.verdict}{unprobed}\n")
    return "".join(lines)
