"""What a kubelet writes into the resolv.conf of its Pods, out of its running configuration (endpoint /configz of pkg/kubelet/server)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from kubectl_svcdoctor.collect.connection import Connection
from kubectl_svcdoctor.model.questions import Resolver, Resolving
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means, answers
from kubectl_svcdoctor.probe.listening import of_node, untold


@answers(Resolver)
def handed_out(means: Means, resolvers: Sequence[Resolver]) -> Mapping[Resolver, Reply]:
    """The replies, one after the other; the questions of one batch are one."""
    return {resolver: reply(means.connection, resolver) for resolver in resolvers}


def reply(connection: Connection, question: Resolver) -> Resolving | Unknown:
    """The reply; an Unknown where the API server does not let us ask, or the kubelet does not tell."""
    response = of_node(connection, question, f"{question.node}/proxy/configz", f"the kubelet of node {question.node}")
    if isinstance(response, Unknown):
        return response
    try:
        told = json.loads(response.body)
        if response.status != 200:
            return untold(question, str(told.get("message", "")) or f"HTTP status {response.status}")
        configured = told["kubeletconfig"]
        return Resolving(str(configured.get("clusterDomain", "")).rstrip(".").lower(), tuple(map(str, configured.get("clusterDNS") or ())))
    except (ValueError, KeyError, AttributeError, TypeError):
        return untold(question, f"HTTP status {response.status}, and no configuration of a kubelet")
