"""A container without a readiness probe is restarted, and gets requests before it listens.

Why it breaks:
Without a readiness probe the kubelet calls a container ready the moment its process runs. After each restart and in each rollout clients
are sent there while the application is still starting, and are refused.

How to fix:
Add a readinessProbe that asks the port which the Service sends clients to.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.containers[*].readinessProbe}'
kubectl get pods

Reference:
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.affected import names
from kubectl_svcdoctor.graph.controllers import target_number
from kubectl_svcdoctor.graph.pod_reads import restarted_often
from kubectl_svcdoctor.graph.surroundings import owner_of, parts
from kubectl_svcdoctor.model.evidence import Now, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity, in_namespace
from kubectl_svcdoctor.model.service import Service


@defect("POD104", "pod-no-readiness-probe")
def no_readiness_probe(service: Service, pods: SelectedPods, now: Now) -> Problem | None:
    harmed = [
        (pod, container, status) for pod in pods if pod.ready and not pod.terminating for container, status in parts(pod)
        if container.readiness_probe is None and restarted_often(status, now)
        and any(target_number(port, pod) in {entry.container_port for entry in container.ports} for port in service.spec.ports)
    ]
    if not harmed or service.spec.publish_not_ready_addresses:
        return None
    pod, container, status = harmed[0]
    owner = owner_of(pod)
    return Problem(
        object=owner, severity=Severity.INFO,
        summary=f"container {container.name} has no readiness probe and was restarted {status.restart_count} times: each time clients are "
                "sent to it before it listens",
        evidence=(f"restarted within the last hour: {names(sorted({entry[0].name for entry in harmed}))}",
                  "whether requests are refused at the start was not tried"),
        fix=Fix(f"add a readinessProbe to container {container.name} that asks the Service's targetPort",
                (f"kubectl {in_namespace(owner.namespace)}edit {owner}",)),
    )
