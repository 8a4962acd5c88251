"""Texts with a grammar of their own: the Corefile, logs, and who owns which field."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from kubectl_svcdoctor.collect.kept.words import LEFT_OUT, matches, reduced
from kubectl_svcdoctor.model import proxy_config
from kubectl_svcdoctor.model.log import FORBIDDEN, MEMBER, telling

# Plugins of CoreDNS whose arguments are names, addresses and zones. Others take credentials (etcd, route53, tsig), and keep the words of the field only.
NAMING = ("kubernetes", "forward", "proxy", "rewrite", "template", "hosts", "file", "auto", "view", "cache", "loop", "errors", "health", "ready", "reload",
          "loadbalance", "bind", "log", "import")
# The keys of ConfigMaps that are read: CoreDNS's, kube-proxy's and one of Cilium's.
SETTINGS = ("Corefile", "config.conf", "kube-proxy-replacement")


def setting(key: str, value: str, known: Container[str]) -> str:
    """The value of a key of a ConfigMap: of kube-proxy's configuration the few fields that are read, of Cilium's a word."""
    if key == "config.conf":
        return proxy_config.reduced(value)
    return corefile(value, known) if key == "Corefile" else value if re.fullmatch(r"[a-z]{1,16}", value) else LEFT_OUT


def corefile(text: str, known: Container[str]) -> str:
    """The server blocks of a Corefile, line by line, without the words of comments; of what stands outside of blocks the zones that open one."""
    found, depth, verbatim = [], 0, False
    for raw in text.split("\n"):
        line = re.sub(r"(^|\s)#.*", rf"\1# {LEFT_OUT}", raw)
        words = line.partition("#")[0].split()
        opens, closes = words[-1:] == ["{"], words[:1] == ["}"]
        if depth == 1 and not closes:
            verbatim = words[:1] != [] and words[0] in NAMING
        if depth == 0:
            found.append(line if not words or opens or words[-1].endswith(",") else f"# {LEFT_OUT}")
        else:
            found.append(line if verbatim else reduced(line, known))
        depth = max(0, depth + opens - closes)
    return "\n".join(found)


def log(text: str, known: Container[str]) -> str:
    """The lines of a log that tell something, without the words of the application."""
    return "\n".join(reduced(line, known, matches(line, MEMBER, FORBIDDEN)) for line in telling(text).splitlines())


def ownership(fields: Any) -> Any:
    """fieldsV1 of an entry of managedFields without the keys and values of list items (KEP-555): which fields are owned is all that is read."""
    if not isinstance(fields, dict):
        return {}
    return {key: ownership(value) for key, value in fields.items() if key.startswith("f:")}
