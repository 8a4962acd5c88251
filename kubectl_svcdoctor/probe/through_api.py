"""Probes through the API server alone: nothing is created in the cluster, and commands run only in the Pods that --from names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from kubectl_svcdoctor.collect.connection import Connection
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.questions import Dial, Inside, Lookup, Question, Reply, Resolver
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import handed_out, listening, name_servers
from kubectl_svcdoctor.probe.inside import InsidePod, by_vantage

CONCURRENT = 12


class ThroughAPI:
    """Asks over one connection. Everything is asked at once; each question is limited to a few seconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inside: dict[Inside, InsidePod] = {}

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        """A reply for each question."""
        asked = list(dict.fromkeys(questions))
        dials = [question for question in asked if isinstance(question, Dial)]
        resolvers = [question for question in asked if isinstance(question, Resolver)]
        servers: dict[object, list[Lookup]] = {}
        for question in asked:
            if isinstance(question, Lookup):
                servers.setdefault(question.server, []).append(question)
        with ThreadPoolExecutor(CONCURRENT) as pool:
            alive = self._alive({*(dial.node for dial in dials), *(lookups[0].server.node for lookups in servers.values())}, pool)
            dialled = pool.map(lambda dial: self._dialled(dial, alive[dial.node]), dials)
            handed = pool.map(lambda resolver: handed_out.reply(self._connection, resolver), resolvers)
            resolved = pool.map(lambda lookups: self._resolved(lookups, alive[lookups[0].server.node]), servers.values())
            inside = pool.map(lambda asked: self._entered(asked[0]).ask(asked[1]), by_vantage(asked).items())
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


def _no_kubelet(question: Question, node: str) -> Unknown:
    return listening.untold(question, f"no kubelet keeps a lease for node {node}")
