"""What --from names: from where the Service is tried."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.graph.vantage import vantage_pod
from kubectl_svcdoctor.model.evidence import Vantage

LOCAL = "local"
POD_WORDS = ("pod", "pods", "po")


def parse(typed: Sequence[str], namespace: str) -> tuple[Vantage, ...]:
    """`pod/NAME` in the subjects' namespace, `pod/NAMESPACE/NAME` in another; `local` is what is done without --from. Raises UserError."""
    found = []
    for text in typed:
        kind, *parts = text.split("/")
        if text == LOCAL:
            continue
        if kind.lower() in POD_WORDS and len(parts) in (1, 2) and all(parts):
            found.append(Vantage(parts[0] if len(parts) == 2 else namespace, parts[-1]))
        elif kind in ("node", "cluster"):
            raise UserError(f"--from {text}: Pods are not created yet to ask from; name one that runs: --from pod/NAME or pod/NAMESPACE/NAME")
        else:
            raise UserError(f"--from {text}: give pod/NAME, pod/NAMESPACE/NAME for a Pod of another namespace, or local")
    return tuple(dict.fromkeys(found))


def present(doctor: Doctor, vantages: Sequence[Vantage]) -> None:
    """Raise UserError for a Pod that is not there: a typing error would silently try nothing. What may not be read is not missing."""
    questions = {vantage: vantage_pod(vantage) for vantage in vantages}
    if questions:
        doctor.prefetch(questions.values())
    for vantage, query in questions.items():
        if doctor.snapshot.answer(query) == ():
            raise UserError(f"--from {vantage.label}: there is no Pod {vantage.name} in namespace {vantage.namespace}; "
                            f"list them with: kubectl get pods -n {vantage.namespace}")
