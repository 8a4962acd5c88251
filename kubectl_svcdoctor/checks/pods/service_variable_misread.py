"""A container takes a variable that Kubernetes sets for a Service for its own setting, and crashes.

Why it breaks:
For every Service of the namespace with a cluster IP, Kubernetes sets variables in each Pod that starts after it,
in the form of Docker's links: a Service redis gives REDIS_PORT=tcp://10.96.1.2:6379. An application that reads
a variable of that name for a port number finds a URL and ends. Often the Service has the application's own name.

How to fix:
Set enableServiceLinks: false in the Pod template, unless the application needs such variables of other Services.
Or set the variable in the container's env, which comes before what Kubernetes sets, or rename the Service.

Look yourself:
kubectl logs NAME -c CONTAINER --previous | grep '://'
kubectl get pod NAME -o jsonpath='{.spec.enableServiceLinks}'

Reference:
https://kubernetes.io/docs/tutorials/services/connect-applications-service/#accessing-the-service
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.template import in_template
from kubectl_svcdoctor.graph.spec.service_links import Misread
from kubectl_svcdoctor.model.finding import Problem


@defect("POD121", "dns-service-env-collision")
def service_variable_misread(misread: Misread) -> Problem:
    group, name, service = misread.crashes, misread.variable, misread.service.name
    way = (f"let Kubernetes set no variables for Services in the Pods of {group.owner}; "
           f"or rename Service {service}, or set {name} in the env of container {group.first.container.name}")
    off = {"enableServiceLinks": False}
    return group.problem(
        field=("spec", "template", "spec", "enableServiceLinks"),
        summary=f"container {group.first.container.name} crashes in {group.count}: "
                f"it reads {name}, which Kubernetes sets for Service {service}",
        evidence=group.evidence(f"log of {group.first.pod.name}:", misread.line, f"{name} is {misread.value}, for Service {service}"),
        fix=group.patched(way, {"spec": {"template": {"spec": off}}}) or in_template(group.first.pod, way, off),
        explains=("pod-crashloop",) if misread.alone else (),
    )
