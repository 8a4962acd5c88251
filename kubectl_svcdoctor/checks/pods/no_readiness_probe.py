"""A container without a readiness probe is restarted, and gets requests before it listens.

Why it breaks:
Without a readiness probe the kubelet calls a container ready the moment its process runs. After each restart
and in each rollout clients are sent there while the application is still starting, and are refused.

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
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.pods.pod_reads import restarted_often
from kubectl_svcdoctor.graph.pods.surroundings import owner_of, parts
from kubectl_svcdoctor.graph.pods.template import look, maker, origin, rolls
from kubectl_svcdoctor.graph.slices.controllers import target_number
from kubectl_svcdoctor.model.command import Command, compact, kubectl
from kubectl_svcdoctor.model.evidence import Now, SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.workload import Container, ContainerPort, Pod


@defect("POD104", "pod-no-readiness-probe")
def no_readiness_probe(service: Service, pods: SelectedPods, now: Now) -> Problem | None:
    harmed = [
        (pod, container, status) for pod in pods if pod.ready and not pod.terminating for container, status in parts(pod)
        if container.readiness_probe is None and restarted_often(status, now)
        and any(port.container_port in _targets(service, pod) for port in container.ports)
    ]
    if not harmed or service.spec.publish_not_ready_addresses:
        return None
    pod, container, status = harmed[0]
    owner = owner_of(pod)
    return Problem(
        object=owner, severity=Severity.INFO,
        summary=f"container {container.name} has no readiness probe and was restarted {status.restart_count} times",
        evidence=("without a readiness probe clients are sent to a container as soon as it runs",
                  f"restarted within the last hour: {names(sorted({entry[0].name for entry in harmed}))}",
                  "whether requests are refused during the start was not checked"),
        fix=_fix(service, pod, container),
    )


def _targets(service: Service, pod: Pod) -> set[int | None]:
    return {target_number(port, pod) for port in service.spec.ports}


def _fix(service: Service, pod: Pod, container: Container) -> Fix:
    owner = owner_of(pod)
    summary = f"add a readinessProbe to container {container.name} that asks the Service's targetPort"
    if not rolls(owner):
        return Fix(f"{summary}, {origin(pod)}", (look(pod, maker(pod)),))
    return Fix(summary, (_command(owner, container, next(port for port in container.ports if port.container_port in _targets(service, pod))),))


def _command(owner: ObjectRef, container: Container, port: ContainerPort) -> Command:
    """A strategic merge patch, which finds the container by its name."""
    probe = {"name": container.name, "readinessProbe": {"tcpSocket": {"port": port.name or port.container_port}}}
    return kubectl("patch", owner, "-p", compact({"spec": {"template": {"spec": {"containers": [probe]}}}}), namespace=owner.namespace)
