"""Faults of nodes: kube-proxy, kubelet, firewalls, routes, and traffic that is meant to stay local."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.faults.clients import CART_PORT, WEB_PORT, from_node, in_cluster, in_pod, node_port
from tests.lab.faults.fault import fault
from tests.lab.faults.firewall import blocked
from tests.lab.faults.shop import Shop

_WEB_ON_NODE2 = node_port(WEB_PORT, "node2")
_CART_ON_NODE2 = node_port(CART_PORT, "node2")


@fault("nport-kube-proxy-node", subject="svc/cart", traffic=_CART_ON_NODE2, fails="refused", by_command=False)
def kube_proxy_never_started(shop: Shop) -> Iterator[None]:
    """After a reboot of the node kube-proxy did not come back: none of its rules is there."""
    node = shop.cluster.nodes["node2"]
    node.stop_daemon("kube-proxy")
    for table in ("nat", "filter"):
        saved = node.host.must(["iptables-save", "-t", table]).splitlines()
        flushed = [f"-F {line.split()[0][1:]}" for line in saved if line.startswith(":KUBE-")]
        node.host.must(["iptables-restore", "--noflush"], stdin="\n".join([f"*{table}", *flushed, "COMMIT", ""]))
    try:
        yield
    finally:
        node.start_daemon("kube-proxy")


@fault("kp-stale-rules", subject="svc/cart", traffic=_CART_ON_NODE2, fails="timeout unreachable", by_command=False)
def kube_proxy_stopped(shop: Shop) -> Iterator[None]:
    """kube-proxy of one node has ended; its rules still lead to a pod that is gone since."""
    node = shop.cluster.nodes["node2"]
    node.stop_daemon("kube-proxy")
    shop.must("delete", "pod", "-l", "app=cart", "--wait=true")
    shop.must("rollout", "status", "deployment/cart", "--timeout=60s")
    try:
        yield
    finally:
        node.start_daemon("kube-proxy")


@fault("pod-node-notready", subject="svc/cart", traffic=_CART_ON_NODE2, fails="refused", by_command=False, seconds=90)
def kubelet_stopped(shop: Shop) -> Iterator[None]:
    """The kubelet of the node with the only pod has ended: the node is lost, and its pods are no endpoints any more."""
    node = shop.cluster.nodes["node1"]
    node.stop_daemon("kubelet")
    try:
        shop.must("wait", "--for=condition=Ready=false", "pod", "-l", "app=cart", "--timeout=90s")
        yield
    finally:
        node.start_daemon("kubelet")
        shop.must("wait", "--for=condition=Ready", "node/node1", "--timeout=60s")


@fault("pod-node-notready", subject="svc/cart", traffic=_CART_ON_NODE2, fails="timeout unreachable refused", by_command=False, seconds=90)
def interface_down(shop: Shop) -> Iterator[None]:
    """The network interface of the node with the only pod has no link: nobody reaches the node, and it is lost after a while."""
    shop.cluster.topology.plug("node1", "down")
    try:
        yield
    finally:
        shop.cluster.topology.plug("node1", "up")
        shop.must("wait", "--for=condition=Ready", "node/node1", "--timeout=60s")


@fault("nport-firewall", subject="svc/web", traffic=_WEB_ON_NODE2, fails="timeout", by_command=False)
def firewall_drops_node_port(shop: Shop) -> Iterator[None]:
    """A firewall on one node drops what comes for the node port."""
    with blocked(shop, "node2", f"tcp dport {WEB_PORT} drop"):
        yield


@fault("nport-firewall", subject="svc/web", traffic=_WEB_ON_NODE2, fails="refused", by_command=False)
def firewall_rejects_node_port(shop: Shop) -> Iterator[None]:
    """A firewall on one node rejects what comes for the node port."""
    with blocked(shop, "node2", f"tcp dport {WEB_PORT} reject with tcp reset"):
        yield


@fault("nport-cross-node-forward", subject="svc/cart", traffic=_CART_ON_NODE2, fails="timeout unreachable", by_command=False)
def route_to_other_node_missing(shop: Shop) -> Iterator[None]:
    """One node has lost its route to the pods of the other."""
    node1, node2 = (shop.cluster.topology.host(name) for name in ("node1", "node2"))
    node2.must(["ip", "route", "replace", "blackhole", node1.pods])
    try:
        yield
    finally:
        node2.must(["ip", "route", "del", "blackhole", node1.pods])
        node2.must(["ip", "route", "replace", node1.pods, "via", node1.ipv4])


@fault("kp-ip-forward-off", subject="svc/cart", traffic=_CART_ON_NODE2, fails="timeout", by_command=False)
def forwarding_switched_off(shop: Shop) -> Iterator[None]:
    """One node does not forward packets any more."""
    node = shop.cluster.topology.host("node2")
    node.must(["sysctl", "-qw", "net.ipv4.ip_forward=0"])
    try:
        yield
    finally:
        node.must(["sysctl", "-qw", "net.ipv4.ip_forward=1"])


@fault("kp-br-netfilter", subject="svc/cart", traffic=in_pod("web", "node1", "http://cart/hostname"), fails="timeout reset other", by_command=False)
def bridged_packets_untranslated(shop: Shop) -> Iterator[None]:
    """What goes from pod to pod over the bridge of a node is not shown to its rules: answers come from an address that nobody asked."""
    node = shop.cluster.topology.host("node1")
    node.must(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0"])
    try:
        yield
    finally:
        node.must(["sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])


@fault("np-etp-local-no-endpoint", subject="svc/cart", traffic=_CART_ON_NODE2, fails="timeout")
def external_policy_local(shop: Shop) -> Iterator[None]:
    """externalTrafficPolicy Local, and the node that is asked has no pod."""
    with shop.patched("service/cart", {"spec": {"externalTrafficPolicy": "Local"}}):
        yield


@fault("kp-itp-local-none", subject="svc/cart", traffic=from_node("node2", "cart"), fails="timeout")
def internal_policy_local(shop: Shop) -> Iterator[None]:
    """internalTrafficPolicy Local, and the client's node has no pod."""
    with shop.patched("service/cart", {"spec": {"internalTrafficPolicy": "Local"}}):
        yield


@fault("np-default-deny-ingress", subject="svc/cart", traffic=in_cluster("http://cart/hostname"), fails="refused")
def default_deny(shop: Shop) -> Iterator[None]:
    """A policy admits nobody to the pods."""
    with shop.created(_DENY):
        yield


_DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  policyTypes: [Ingress]
"""
