"""What kube-proxy of a node says of itself, on its health port, which the API server dials at the node's address.

Since Kubernetes 1.33 `healthy` stands in the answer; before, status 503 alone told it, with which kube-proxy also says that the node is about to be removed
(`nodeEligible`). While all is well `lastUpdated` is the moment of the answer, whenever the rules were written; `status` tells that for each address family
(pkg/proxy/healthcheck/proxy_health.go).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kubectl_svcdoctor.collect.connection import Connection, Response
from kubectl_svcdoctor.model.access import NODE_PROXY
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.service_proxy import HEALTH_PORT, AskProxy, ProxyState
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means, answers
from kubectl_svcdoctor.probe.listening import UNREACHED, of_node, untold


@answers(AskProxy)
def proxy_states(means: Means, asked: Sequence[AskProxy]) -> Mapping[AskProxy, Reply]:
    """The replies, one after the other; the questions of one batch are one."""
    return {question: reply(means.connection, question) for question in asked}


def reply(connection: Connection, question: AskProxy) -> ProxyState | Unknown:
    """The reply; an Unknown where the API server does not let us ask, or does not reach the node."""
    response = of_node(connection, question, f"{question.node}:{HEALTH_PORT}/proxy/healthz", f"port {HEALTH_PORT} of node {question.node}")
    if isinstance(response, Unknown):
        return response
    told = _document(response)
    if (told.get("kind"), told.get("apiVersion")) == ("Status", "v1"):
        return _failed(question, response.status, str(told.get("message", "")))
    return _state(response.status, told)


def _document(response: Response) -> dict[str, Any]:
    try:
        told = json.loads(response.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _failed(question: AskProxy, status: int, words: str) -> ProxyState | Unknown:
    """What the API server's own failure says of the node: only a refusal is the node's."""
    if UNREACHED in words and "connection refused" in words:
        return ProxyState("refused", words=words)
    if status in (401, 403):  # in the same words for each node
        return Unknown(question.what, "not-tried", f"the API server refuses it, with HTTP status {status}", f"it takes {NODE_PROXY}: {NODE_PROXY.asked()}")
    return untold(question, f"node {question.node}: {words or f'HTTP status {status}'}")


def _state(status: int, told: Mapping[str, Any]) -> ProxyState:
    now = _moment(told.get("currentTime"))
    if now is None or status not in (200, 503):
        return ProxyState("foreign", words=f"HTTP status {status}")
    healthy = told.get("healthy")
    if not isinstance(healthy, bool):
        healthy = status == 200 or told.get("nodeEligible") is False
    known = told.get("status")
    families = {name: entry for name, entry in known.items() if isinstance(entry, dict)} if isinstance(known, dict) else {}
    ipv4, ipv6 = (_age(now, families.get(name, {}).get("lastUpdated")) for name in ("IPv4", "IPv6"))
    if healthy:
        return ProxyState(ipv4=ipv4, ipv6=ipv6)
    late = [_age(now, entry.get("lastUpdated")) for entry in families.values() if entry.get("healthy") is False]
    return ProxyState("late", max(late or [_age(now, told.get("lastUpdated"))]), ipv4=ipv4, ipv6=ipv6)


def _age(now: datetime, text: object) -> float:
    """The seconds since a moment; -1 for what is none, or was never."""
    moment = _moment(text)
    return max((now - moment).total_seconds(), 0.0) if moment and moment.year > 1 else -1.0


def _moment(text: object) -> datetime | None:
    """A time as Go writes it, with nanoseconds; None for anything else, and for one without a zone."""
    if not isinstance(text, str):
        return None
    whole, _, rest = text.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    try:
        moment = datetime.fromisoformat(whole + (zone if rest else ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
