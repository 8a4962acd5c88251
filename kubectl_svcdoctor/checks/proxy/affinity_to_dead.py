"""sessionAffinity keeps a client on an endpoint that does not accept its connections.

Why it breaks:
With sessionAffinity: ClientIP a node sends all connections of a client's address to the endpoint that it had first, for three hours unless
timeoutSeconds says otherwise, as long as that endpoint is ready. If it is ready and does not serve, this client fails for all that time, while
others, sent to other endpoints, do not.

How to fix:
Repair what the dead endpoint belongs to, or let its readiness probe fail: then clients are sent elsewhere at once. A shorter timeoutSeconds limits how long
a client is kept.

Look yourself:
kubectl get service NAME -o jsonpath='{.spec.sessionAffinity} {.spec.sessionAffinityConfig.clientIP.timeoutSeconds}'
kubectl get endpointslices -l kubernetes.io/service-name=NAME -o yaml

Reference:
https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.at_vantage import ShutAddress
from kubectl_svcdoctor.graph.selector.words import duration
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.endpoints import SERVICE_NAME
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service

# kube-proxy's own (core/v1, DefaultClientIPServiceAffinitySeconds).
USUAL_SECONDS = 10_800


@symptom("NET112", "kp-affinity-to-dead")
def affinity_to_dead(service: Service, shut: ShutAddress) -> Iterator[Problem]:
    """Of several connections to several endpoints all fail, while some of the endpoints are alive: without affinity some would come through."""
    if service.spec.session_affinity != "ClientIP":
        return
    config = service.spec.session_affinity_config
    seconds = (config.client_ip.timeout_seconds if config and config.client_ip else None) or USUAL_SECONDS
    for tried in shut.tried:
        alive = sum(reply.open for *_, reply in tried.endpoints)
        if not tried.dead or not alive or tried.tries[1] < 2 or tried.mixed:
            continue
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.ERROR, partial=True, field=("spec", "sessionAffinity"),
            summary=f"sessionAffinity ClientIP keeps Pod {tried.vantage.pod} on an endpoint of Service {service.name} that accepts no connections",
            evidence=(f"all {tried.tries[1]} connections to {at(tried.address, tried.port.port)} failed, though {alive} of {len(tried.endpoints)} endpoints "
                      "accept connections from there",
                      "no connection to " + names([f"{at(address, port)} ({reply.words})" for address, port, reply in tried.dead]),
                      f"a client is kept for {duration(seconds)}"),
            fix=Fix("repair what that endpoint belongs to, or let its readiness probe fail, so that clients are sent elsewhere; a shorter timeoutSeconds "
                    "limits how long they are kept",
                    (kubectl("get", "endpointslices", "-l", f"{SERVICE_NAME}={service.name}", "-o", "yaml", namespace=service.namespace),)),
            explains=("service-address-unreachable",),
        )
