"""Probes through the API server alone: nothing is created in the cluster, and commands run only in the Pods that --from names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from kubectl_svcdoctor.collect.connection import Connection
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Inside, Look, Lookup, LookupFrom, Question, Reply, Resolver, Server
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import handed_out, listening, name_servers
from kubectl_svcdoctor.probe.inside import Asked, InsidePod

CONCURRENT = 12


class ThroughAPI:
    """Asks over one connection. Everything is asked at once; each question is limited to a few seconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inside: dict[Inside, InsidePod] = {}

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        """A reply for each question."""
        dials: list[Dial] = []
        resolvers: list[Resolver] = []
        servers: dict[Server, list[Lookup]] = {}
        entered: dict[Inside, list[Asked]] = {}
        for question in dict.fromkeys(questions):
            match question:
                case Dial():
                    dials.append(question)
                case Resolver():
                    resolvers.append(question)
                case Lookup():
                    servers.setdefault(question.server, []).append(question)
                case Look() | LookupFrom() | DialFrom():
                    entered.setdefault(question.vantage, []).append(question)
                case _:
                    assert_never(question)
        with ThreadPoolExecutor(CONCURRENT) as pool:
            alive = self._alive({*(dial.node for dial in dials), *(lookups[0].server.node for lookups in servers.values())}, pool)
            dialled = pool.map(lambda dial: self._dialled(dial, alive[dial.node]), dials)
            handed = pool.map(lambda resolver: handed_out.reply(self._connection, resolver), resolvers)
            resolved = pool.map(lambda lookups: self._resolved(lookups, alive[lookups[0].server.node]), servers.values())
            inside = pool.map(lambda asked: self._entered(asked[0]).ask(asked[1]), entered.items())
            found: dict[Question, Reply] = dict(zip(dials, dialled, strict=True))
            for heard in inside:
                found.update(heard)
            found.update(zip(resolvers, handed, strict=True))
            for replies in resolved:
                for lookup, told in replies.items():
                    found[lookup] = told
        return found

    def _entered(self, vantage: Inside) -> InsidePod:
        return self._inside.setdefault(vantage, InsidePod(self._connection, vantage))

    def _dialled(self, dial: Dial, alive: bool) -> Reply:
        return listening.reply(self._connection, dial) if alive else _no_kubelet(dial, dial.node)

    def _resolved(self, lookups: list[Lookup], alive: bool) -> Mapping[Lookup, Reply]:
        if alive:
            return name_servers.replies(self._connection, lookups)
        return {lookup: _no_kubelet(lookup, lookup.server.node) for lookup in lookups}

    def _alive(self, nodes: set[str], pool: ThreadPoolExecutor) -> dict[str, bool]:
        """Whether a kubelet answers for each node: it keeps a Lease there (KEP-589). Who may not read it, tries."""
        known = sorted(nodes)
        return dict(zip(known, pool.map(self._kubelet_alive, known), strict=True))

    def _kubelet_alive(self, node: str) -> bool:
        try:
            return self._connection.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node}").status != 404
        except UserError:
            return False


def _no_kubelet(question: Dial | Lookup, node: str) -> Unknown:
    return listening.untold(question, f"no kubelet keeps a lease for node {node}")
