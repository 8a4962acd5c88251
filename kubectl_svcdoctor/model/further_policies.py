"""Policies of network plugins and of the cluster's administrators, which stand beside NetworkPolicies; of none of them the rules are read."""

from __future__ import annotations

from typing import ClassVar

from kubectl_svcdoctor.model.meta import Brought, Resource


class CiliumNetworkPolicy(Brought, frozen=True):
    """Source: cilium, pkg/k8s/apis/cilium.io/v2."""

    resource: ClassVar[Resource] = Resource("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy")


class CiliumClusterwideNetworkPolicy(Brought, frozen=True):
    """Source: cilium, pkg/k8s/apis/cilium.io/v2."""

    resource: ClassVar[Resource] = Resource("cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", namespaced=False)


class CalicoNetworkPolicy(Brought, frozen=True):
    """Source: calico, libcalico-go/lib/apis/crd.projectcalico.org/v1."""

    resource: ClassVar[Resource] = Resource("crd.projectcalico.org", "v1", "networkpolicies", "NetworkPolicy")


class CalicoGlobalNetworkPolicy(Brought, frozen=True):
    """Source: calico, libcalico-go/lib/apis/crd.projectcalico.org/v1."""

    resource: ClassVar[Resource] = Resource("crd.projectcalico.org", "v1", "globalnetworkpolicies", "GlobalNetworkPolicy", namespaced=False)


class AdminNetworkPolicy(Brought, frozen=True):
    """Source: sigs.k8s.io/network-policy-api, apis/v1alpha1."""

    resource: ClassVar[Resource] = Resource("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", namespaced=False)


class BaselineAdminNetworkPolicy(Brought, frozen=True):
    """Source: sigs.k8s.io/network-policy-api, apis/v1alpha1."""

    resource: ClassVar[Resource] = Resource(
        "policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy", namespaced=False)
