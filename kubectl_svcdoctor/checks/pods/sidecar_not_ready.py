"""A sidecar that is not ready holds back the whole Pod.

Why it breaks:
A Pod is ready when all its containers are. A proxy of a mesh, or another helper beside the application, that
does not get its configuration, certificate or backend keeps the Pod out of the Service, although the
application itself is well.

How to fix:
The sidecar's log says what it waits for, most often the control plane of the mesh or its certificates.

Look yourself:
kubectl logs NAME -c SIDECAR --tail=50
kubectl get pod NAME -o jsonpath='{.status.containerStatuses[*].ready}'

Reference:
https://istio.io/latest/docs/ops/common-problems/network-issues/
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import asked
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import parts
from kubectl_svcdoctor.graph.pods.trouble import SidecarUnready
from kubectl_svcdoctor.graph.pods.waiting import Awaited
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD119", "pod-sidecar-blocks")
def sidecar_not_ready(readiness: Readiness, awaited: Awaited | None = None) -> Iterator[Problem]:
    for group in readiness.affected(SidecarUnready):
        first = group.first
        ready = ", ".join(container.name for container, status in parts(first.pod) if status.ready)
        yield group.problem(
            summary=f"sidecar {first.container.name} is not ready and holds back {group.count}",
            evidence=group.evidence(
                first.message, f"its probe: {asked(first.container.readiness_probe)}", f"ready beside it: {ready}" if ready else "",
                awaited.told(group) if awaited else "",
            ),
            awaits=awaited.of(group) if awaited else (),
            fix=Fix(f"find out from the log of {first.container.name} what it waits for",
                    (group.log(first.container),)),
        )
