"""A probe succeeds where a cause says that no client is served.

Why it breaks:
It is the diagnosis that is wrong, or older than what the probe found. A cause is worked out of what the API shows; a connection that is accepted, or a
name that is resolved as it should be, is the thing itself. Something may also stand between the client and the Service that answers in its place.

How to fix:
Trust the probe: the cause is not what keeps all clients away, so it counts as one that keeps some of them away. Examine the Service once more. If the two
still contradict each other, report it with the recording that the printed command writes.

Look yourself:
kubectl exec POD -- nc -zv -w 2 CLUSTERIP PORT
kubectl exec POD -- nslookup SERVICE.NAMESPACE.svc.cluster.local

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.from_pod import Well
from kubectl_svcdoctor.graph.proxy.contradiction import Accepted, Stated
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.evidence import Vantage
from kubectl_svcdoctor.model.finding import Finding, Fix, Problem, Severity
from kubectl_svcdoctor.model.hops import depth
from kubectl_svcdoctor.model.service import Service


@defect("NET103", "probe-contradicts-cause")
def cause_contradicted(
    stated: Stated, service: Service, vantage: Vantage | None = None, accepted: Accepted | None = None, well: Well | None = None
) -> Iterator[Problem]:
    before = [claim for claim in stated if depth(claim.hop) < depth("dns")]
    for port in accepted or ():
        wrong = [claim for claim in before if claim.problem.port in ("", port.label)]
        if wrong and vantage:
            yield _problem(service, vantage, port.label, wrong,
                           f"{service.spec.cluster_ip}:{port.port} accepts connections from Pod {vantage.name}, although {_codes(wrong)} says that "
                           "no client is served")
    about = [claim for claim in stated if claim.hop == "dns"]
    if about and well:
        yield _problem(service, vantage, "", about, f"nameserver {well.address} resolves every name rightly for Pod {well.vantage.pod}, "
                       f"although {_codes(about)} says that no client resolves them")


def _codes(claims: Iterable[Finding]) -> str:
    return " and ".join(dict.fromkeys(claim.code for claim in claims))


def _problem(service: Service, vantage: Vantage | None, port: str, wrong: list[Finding], summary: str) -> Problem:
    words = ["--ask-everything", *(["--from", vantage.label] if vantage else []), "--record", "contradiction.yaml"]
    return Problem(
        object=service, port=port, severity=Severity.WARNING, partial=True, summary=summary,
        evidence=tuple(f"{claim.code}: {claim.problem.summary}" for claim in wrong), contradicts=tuple(claim.key for claim in wrong),
        fix=Fix("examine it once more; if both still stand, report them with the recording", (diagnosis(service.name, *words, namespace=service.namespace),)),
    )
