"""The image of a container cannot be pulled.

Why it breaks:
Without its image the container never starts and the Pod never becomes ready. The name or tag is wrong, the
registry asks for a login that the Pod does not have, or the node does not reach the registry.

How to fix:
Correct the image in the owner's template, or name a valid Secret in imagePullSecrets.

Look yourself:
kubectl describe pod NAME
kubectl get pod NAME -o jsonpath='{.spec.containers[*].image}{"\\n"}{.spec.imagePullSecrets}'

Reference:
https://kubernetes.io/docs/concepts/containers/images/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected, line
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.surroundings import owner_of
from kubectl_svcdoctor.graph.pods.trouble import ImagePull
from kubectl_svcdoctor.model.evidence import SelectedPods
from kubectl_svcdoctor.model.finding import Fix, Problem

DENIED = re.compile(r"unauthorized|authentication|authorization|denied|forbidden|\b40[13]\b", re.IGNORECASE)


@defect("POD108", "pod-image-pull")
def image_cannot_be_pulled(pods: SelectedPods, readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(ImagePull):
        first = group.first
        yield group.problem(
            field=("spec", "template", "spec", "containers"),
            summary=f"image {line(first.container.image)} cannot be pulled in {group.count}: {first.reason}",
            evidence=group.evidence(f"it is the image of container {first.container.name}", first.message),
            fix=_fix(group, _working(group, pods)),
        )


def _working(group: Affected[ImagePull], pods: SelectedPods) -> str:
    """Another image that a ready Pod of the same owner runs in the same container; empty when there is none."""
    wanted = group.first.container
    ready = (pod for pod in pods if pod.ready and owner_of(pod) == group.owner)
    found = (entry.image for pod in ready for entry in pod.spec.containers if entry.name == wanted.name and entry.image != wanted.image)
    return next(found, "")


def _fix(group: Affected[ImagePull], working: str) -> Fix:
    container = group.first.container
    place = group.place(container)
    if working and place:
        command = group.kubectl("set", "image", group.owner, f"{container.name}={working}")
        body = [{"op": "replace", "path": f"{place}/image", "value": working}]
        fix = group.patched(f"go back to image {working}, which runs in the Pods that serve, or correct the new one", body, command)
        if fix:
            return fix
    if DENIED.search(group.first.message):
        return Fix(f"name a valid Secret in imagePullSecrets of {group.owner}, or correct the image",
                   (group.kubectl("get", group.first.pod, "-o", "jsonpath={.spec.imagePullSecrets}"),))
    return Fix(f"correct the image in {group.owner}; the Pod's Events have the registry's answer", (group.describe,))
