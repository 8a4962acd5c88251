"""-o json: the document of the JSON Schema."""

from __future__ import annotations

import json

from kubectl_svcdoctor.model.printable import escaped
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.render.document import document
from kubectl_svcdoctor.render.style import Style


def rendered(result: Result, how: Style) -> str:
    return escaped(json.dumps(document(result), indent=2, ensure_ascii=False), spared="\n") + "\n"
