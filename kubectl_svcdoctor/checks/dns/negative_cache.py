"""A DNS server still answers what was right a moment ago.

Why it breaks:
Servers and clients keep answers, also the answer that a name does not exist. CoreDNS as Kubernetes ships it keeps them for up to 30
seconds. A client that looked a name up before the Pod was ready goes on failing for that long; some (the JVM in old settings) for ever.

How to fix:
Wait and look again. Where that is too long: lower `cache … denial` in the Corefile, or let the Service publish its Pods before they are
ready (publishNotReadyAddresses), so that peers find each other at once.

Look yourself:
kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'

Reference:
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.differences import CACHED, WrongAnswers
from kubectl_svcdoctor.graph.dns.words import reply_text, sides
from kubectl_svcdoctor.model.command import diagnosis
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("DNS114", "dns-negative-cache")
def negative_cache(service: Service, wrong: WrongAnswers) -> Problem | None:
    if wrong.fresh >= CACHED:
        return None
    row = wrong[0]
    first = row.wrong[0]
    return Problem(
        object=service, severity=Severity.WARNING, partial=True,
        summary=f"DNS server {first.pod} still answers {reply_text(row.told[first])} for {row.record.name}, which changed {wrong.fresh:.0f} seconds ago",
        evidence=(*sides(row), "answers, also negative ones, are kept for up to 30 seconds"),
        fix=Fix("look again in half a minute", (diagnosis(service, "--wait", "--timeout", "1m", namespace=service.namespace),)),
    )
