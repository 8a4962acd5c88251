"""What nodes answer on ports of their own, by way of the API server's node proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from kubectl_svcdoctor.collect.connection import Connection, TimedOut
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.node_ports import Believed, DialNode, LocalEndpoints
from kubectl_svcdoctor.model.questions import Dialled
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means, answers
from kubectl_svcdoctor.probe.listening import SECONDS, answered, failed_to_reach, of_node, unanswered, untold


@answers(DialNode)
def dialled(means: Means, dials: Sequence[DialNode]) -> Mapping[DialNode, Reply]:
    """The replies, one after the other; the questions of one batch are one."""
    return {dial: _dial(means.connection, dial) for dial in dials}


@answers(LocalEndpoints)
def believed(means: Means, questions: Sequence[LocalEndpoints]) -> Mapping[LocalEndpoints, Reply]:
    """The replies, one after the other; the questions of one batch are one."""
    return {question: _believes(means.connection, question) for question in questions}


def _dial(connection: Connection, question: DialNode) -> Dialled | Unknown:
    """The API server answers all else at once: where this waits, it is the node that does not answer."""
    try:
        response = connection.get(f"/api/v1/nodes/{question.node}:{question.port}/proxy/", timeout=SECONDS)
    except TimedOut:
        return Dialled(False, unanswered(f"port {question.port} of node {question.node}", SECONDS))
    except UserError as trouble:
        return untold(question, trouble.message)
    return answered(question, response)


def _believes(connection: Connection, question: LocalEndpoints) -> Believed | Unknown:
    response = of_node(connection, question, f"{question.node}:{question.port}/proxy/", f"port {question.port} of node {question.node}")
    if isinstance(response, Unknown):
        return response
    refused = failed_to_reach(response)
    if refused is not None:
        return Believed(0, -1, "connection refused") if "connection refused" in refused else untold(question, refused)
    try:
        told = json.loads(response.body)
        count = told.get("localEndpoints") if isinstance(told, dict) else None
    except ValueError:
        count = None
    return Believed(response.status, count if isinstance(count, int) else -1)
