"""Who writes an object again: the program whose own copy has to be changed too, or a fix does not last."""

from __future__ import annotations

from kubectl_svcdoctor.model.meta import KubernetesObject

HELM_RELEASE = "meta.helm.sh/release-name"
ARGO_TRACKING = "argocd.argoproj.io/tracking-id"
_LABELS = {
    "argocd.argoproj.io/instance": "Argo CD's application {}", "kustomize.toolkit.fluxcd.io/name": "Flux's Kustomization {}",
    "helm.toolkit.fluxcd.io/name": "Flux's HelmRelease {}",
}
_MANAGED_BY = "app.kubernetes.io/managed-by"


def keeper(item: KubernetesObject) -> str:
    """`its owner Kafka main`, `Helm's release web`: empty where nothing tells of one."""
    meta = item.metadata
    owner = meta.controller
    if owner is not None:
        return f"its owner {owner.kind} {owner.name}"
    for label, words in _LABELS.items():
        if label in meta.labels:
            return words.format(meta.labels[label])
    if ARGO_TRACKING in meta.annotations:
        return f"Argo CD's application {meta.annotations[ARGO_TRACKING].partition(':')[0]}"
    by = meta.labels.get(_MANAGED_BY, "")
    if by == "Helm" or HELM_RELEASE in meta.annotations:
        return f"Helm's release {meta.annotations[HELM_RELEASE]}" if HELM_RELEASE in meta.annotations else "Helm's release"
    return by


def lasting(summary: str, item: KubernetesObject) -> str:
    """What a fix of this object says, and where else it has to be made to last."""
    who = keeper(item)
    return f"{summary} (and in {who}, which may write the old value again)" if who else summary
