"""The Pod's resolver does not try the search domains for short names of Services.

Why it breaks:
The kubelet writes `options ndots:5`, so that names with fewer than five dots are tried with the search domains first. With a smaller
number a name like web.shop, which has a dot, is asked as it stands, and the cluster's DNS does not know it. Some resolvers (glibc's) try the
search domains after that, later than they should; others (musl's, in Alpine images) never do.

How to fix:
Leave ndots at 5, or let the Pod use full names with a dot at the end (web.shop.svc.cluster.local.).

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.dnsConfig}'
kubectl exec NAME -- cat /etc/resolv.conf

Reference:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config
"""

from __future__ import annotations

import re

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.client import Client
from kubectl_svcdoctor.graph.pods.template import in_template, removing
from kubectl_svcdoctor.model.finding import Problem, Severity


@defect("DNS111", "dns-ndots")
def ndots_too_small(client: Client) -> Problem | None:
    pod = client.pod
    options = pod.spec.dns_config.options if pod.spec.dns_config else ()
    place, value = next(((place, option.value) for place, option in enumerate(options) if option.name == "ndots"), (0, None))
    if value is None or not re.fullmatch(r"[0-9]{1,9}", value) or int(value) >= 5:
        return None
    ndots = int(value)
    relative = [name for name in client.meant if name.endswith(".svc") or "svc" not in name.split(".")]
    missed = [name for name in relative if name.count(".") >= ndots]
    return Problem(
        object=pod, severity=Severity.WARNING if missed else Severity.INFO, partial=True, field=("spec", "dnsConfig"),
        summary=f"Pod {pod.name} has ndots:{ndots}, so names with {ndots} or more dots are asked without the search domains first"
                + (f", as {missed[0]} is" if missed else ""),
        evidence=client.told,
        fix=in_template(pod, "remove the option ndots, so that the kubelet writes ndots:5, or use full names with a dot at the end",
                        removing(f"/dnsConfig/options/{place}", {"name": "ndots", "value": value})),
    )
