"""Cases as somebody would write them into a cluster who wants a shell command to run where a report is pasted.

Only what an API server does not check is replaced: what owner references name, images, variables, arguments, annotations, messages, reasons, logs; and what
a Pod or a DNS server answers. Names, labels and ports stay valid; labels can still look like numbers and truth values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tests.support.cases import Case

MARK = "pwned"  # the file that a shell would create
FLAG = f"--kubeconfig={MARK}\n'; touch {MARK} #$(touch {MARK})`touch {MARK}`\" || touch {MARK} & touch {MARK}\ntouch {MARK}\n"
WORD = f"x\"; touch {MARK}; '; touch {MARK}; $(touch {MARK}) `touch {MARK}` \\\u2028\u202e\x1b[2J %s !! *"
UNCHECKED = ("message", "reason", "image", "imageID", "text", "fieldPath", "holderIdentity", "terminationMessagePath")
LISTS = ("command", "args", "values", "searches", "options")
BY_OWNER = ("kind", "name", "apiVersion")
Manifest = dict[str, Any]


def hostile(case: Case, text: str) -> Case:
    """The case with that text wherever the API server takes any, or a Pod answers."""
    return _changed(case, lambda value, key, above: text + value if key in UNCHECKED or above == "annotations" else value, text)


def numeric(case: Case) -> Case:
    """The case with labels that YAML takes for a truth value, a number or nothing, unless they are quoted."""
    given = {"web": "true", "api": "1.10", "v2": "null", "blue": "0x1F", "green": "1e3"}

    def changed(value: str, key: str, above: str) -> str:
        return given.get(value, value) if above in ("labels", "selector", "matchLabels") else value

    return _changed(case, changed, "")


def _changed(case: Case, text_of: Callable[[str, str, str], str], text: str) -> Case:
    def walked(value: Any, key: str = "", above: str = "") -> Any:
        if isinstance(value, dict):
            if above == "ownerReferences" or key == "ownerReferences":
                return {name: (text + entry if text and name in BY_OWNER else entry) for name, entry in value.items()}
            if text and key == "env":
                return {**value, **({"value": text + value["value"]} if "value" in value else {})}
            return {name: walked(entry, name, key) for name, entry in value.items()}
        if isinstance(value, list):
            if text and key in LISTS:
                return [text + entry if isinstance(entry, str) else entry for entry in value]
            return [walked(entry, key, above) for entry in value]
        return text_of(value, key, above) if isinstance(value, str) else value

    changed = Rewritten(**{field.name: getattr(case, field.name) for field in dataclasses.fields(case)})
    object.__setattr__(changed, "answers", tuple(walked(entry) for entry in case.answers))
    object.__setattr__(changed, "inside", walked(case.inside))
    object.__setattr__(changed, "rewritten", [walked(item) for item in case.objects()])
    return changed


@dataclasses.dataclass(frozen=True)
class Rewritten(Case):
    """A case whose objects are given, not made of changes."""

    rewritten: list[Manifest] = dataclasses.field(default_factory=list)

    def objects(self) -> list[Manifest]:
        return self.rewritten
