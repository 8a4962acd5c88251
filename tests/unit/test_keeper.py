"""Whoever writes an object again is named in its fix."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model.finding import patching
from kubectl_svcdoctor.model.keeper import keeper
from kubectl_svcdoctor.model.meta import ObjectMeta, OwnerReference
from kubectl_svcdoctor.model.service import Service


@pytest.mark.parametrize(("meta", "named"), [
    (ObjectMeta(name="web"), ""),
    (ObjectMeta(name="web", owner_references=(OwnerReference(kind="Kafka", name="main", controller=True),)), "its owner Kafka main"),
    (ObjectMeta(name="web", owner_references=(OwnerReference(kind="Kafka", name="main"),)), ""),
    (ObjectMeta(name="web", labels={"app.kubernetes.io/managed-by": "Helm"}), "Helm's release"),
    (ObjectMeta(name="web", annotations={"meta.helm.sh/release-name": "shop"}), "Helm's release shop"),
    (ObjectMeta(name="web", labels={"argocd.argoproj.io/instance": "shop", "app.kubernetes.io/managed-by": "Helm"}), "Argo CD's application shop"),
    (ObjectMeta(name="web", annotations={"argocd.argoproj.io/tracking-id": "shop:/Service:shop/web"}), "Argo CD's application shop"),
    (ObjectMeta(name="web", labels={"kustomize.toolkit.fluxcd.io/name": "apps"}), "Flux's Kustomization apps"),
    (ObjectMeta(name="web", labels={"app.kubernetes.io/managed-by": "pulumi"}), "pulumi"),
])
def test_the_keeper_of_an_object(meta: ObjectMeta, named: str) -> None:
    service = Service(metadata=meta)
    assert keeper(service) == named
    summary = patching("select app=web", service, {"spec": {"selector": {"app": "web"}}}).summary
    assert summary == ("select app=web" if not named else f"select app=web (and in {named}, which may write the old value again)")
