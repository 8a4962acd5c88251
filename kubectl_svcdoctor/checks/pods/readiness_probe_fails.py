"""The readiness probe of a running container fails.

Why it breaks:
The kubelet asks the container whether it can take requests. After failureThreshold answers of "no" the Pod's
condition Ready becomes False, its endpoint becomes not ready, and clients are no longer sent to it. When this
happens to every Pod, the Service has nothing left.

How to fix:
Read what the probe was told and the container's own log: most often something that the application depends on
(a database, a cache, a file) is away. If the application is fine, the probe is too strict: raise
timeoutSeconds or failureThreshold.

Look yourself:
kubectl describe pod NAME
kubectl logs NAME -c CONTAINER --tail=50

Reference:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.netpol.probed import KeptFromProbing
from kubectl_svcdoctor.graph.pods.affected import asked
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import ReadinessFails
from kubectl_svcdoctor.graph.pods.waiting import Awaited
from kubectl_svcdoctor.model.finding import Fix, Problem
from kubectl_svcdoctor.model.log import missing_names


@defect("POD101", "pod-not-ready-probe")
def readiness_probe_fails(readiness: Readiness, awaited: Awaited | None = None, shut: KeptFromProbing | None = None) -> Iterator[Problem]:
    for group in readiness.affected(ReadinessFails):
        first = group.first
        named = any(missing_names(first.message))  # a name may be one that the Service itself has to give
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"readiness probe {asked(first.container.readiness_probe)} of container {first.container.name} fails in {group.count}",
            evidence=group.evidence(first.message, awaited.told(group) if awaited else "", shut.of(first.pod) if shut else ""),
            awaits=awaited.of(group) if awaited else (),
            fix=Fix(
                f"find out from the log of container {first.container.name} why it is not ready{'' if named else '; no change of the Service fixes this'}",
                (group.log(first.container), group.describe),
            ),
        )
