"""Probes of a live cluster. Nothing is created there, and commands run only in the Pods that --from names."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.probe.asking import Asker, Means, askers
from kubectl_svcdoctor.probe.listening import untold

CONCURRENT = 12


class ThroughAPI:
    """Has each question asked by whoever is registered for its kind. Everything is asked at once; each question is limited to a few seconds."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        """A reply for each question."""
        batches: dict[tuple[Asker, Hashable], list[Question]] = {}
        for question in dict.fromkeys(questions):
            batches.setdefault((askers()[type(question)], question.batch), []).append(question)
        with ThreadPoolExecutor(CONCURRENT) as pool:
            alive = self._alive({question.kubelet for batch in batches.values() for question in batch if question.kubelet}, pool)
            told = pool.map(lambda entry: self._told(entry[0][0], entry[1], alive), batches.items())
            return {question: reply for replies in told for question, reply in replies.items()}

    def _told(self, asker: Asker, batch: Sequence[Question], alive: Mapping[str, bool]) -> Mapping[Question, Reply]:
        lost: dict[Question, Reply] = {question: untold(question, f"no kubelet keeps a lease for node {question.kubelet}")
                                       for question in batch if question.kubelet and not alive[question.kubelet]}
        rest = [question for question in batch if question not in lost]
        return {**lost, **asker(self._means, rest)} if rest else lost

    def _alive(self, nodes: set[str], pool: ThreadPoolExecutor) -> dict[str, bool]:
        """Whether a kubelet answers for each node: it keeps a Lease there (KEP-589). Who may not read it, tries."""
        known = sorted(nodes)
        return dict(zip(known, pool.map(self._kubelet_alive, known), strict=True))

    def _kubelet_alive(self, node: str) -> bool:
        try:
            return self._means.connection.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node}").status != 404
        except UserError:
            return False
