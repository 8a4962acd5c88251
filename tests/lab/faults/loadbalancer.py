"""Load balancer addresses that nobody gives, announces, or lets in: MetalLB's pools, layer 2 and BGP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.lab.faults.clients import BGP, EDGE, LAYER2
from tests.lab.faults.fault import fault
from tests.lab.faults.firewall import blocked
from tests.lab.faults.shop import Shop

_METALLB = "metallb-system"
_NOBODY = "timeout unreachable"


@contextmanager
def made_anew(shop: Shop, name: str, **metadata: Any) -> Iterator[None]:
    """Delete a Service and create it again, as one that MetalLB has never seen; afterwards the old one comes back."""
    before = shop.get(f"service/{name}")
    spec = {key: value for key, value in before["spec"].items() if not key.startswith("clusterIP")}
    with shop.deleted(f"service/{name}"):
        shop.create({**before, "metadata": {**before["metadata"], **metadata}, "spec": spec})
        yield
        shop.must("delete", f"service/{name}", "--wait=true")


@fault("mlb-no-pool", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def no_pool(shop: Shop) -> Iterator[None]:
    """No pool exists when the Service is made."""
    with shop.deleted("ipaddresspool/l2", namespace=_METALLB), shop.deleted("ipaddresspool/bgp", namespace=_METALLB), made_anew(shop, "edge"):
        yield


@fault("mlb-autoassign-false", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def pool_not_for_everybody(shop: Shop) -> Iterator[None]:
    """All pools are given out on request only, and the Service requests nothing."""
    with shop.patched("ipaddresspool/l2", {"spec": {"autoAssign": False}}, namespace=_METALLB), made_anew(shop, "edge", annotations={}):
        yield


@fault("mlb-requested-outside", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def requested_address_in_no_pool(shop: Shop) -> Iterator[None]:
    """The Service requests an address that no pool contains."""
    with made_anew(shop, "edge", annotations={"metallb.io/loadBalancerIPs": "192.0.2.250"}):
        yield


@fault("mlb-requested-taken", subject="svc/edge", traffic=LAYER2, fails="other 404 timeout unreachable refused", by_command=False)
def requested_address_taken(shop: Shop) -> Iterator[None]:
    """The Service requests an address that another one has."""
    taken = shop.cluster.address("envoy", "projectcontour") or ""
    with made_anew(shop, "edge", annotations={"metallb.io/loadBalancerIPs": taken}):
        yield


@fault("mlb-unknown-pool", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def unknown_pool(shop: Shop) -> Iterator[None]:
    """The Service names a pool that does not exist."""
    with made_anew(shop, "edge", annotations={"metallb.io/address-pool": "lan"}):
        yield


@fault("mlb-pool-exhausted", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def pool_exhausted(shop: Shop) -> Iterator[None]:
    """The pool has as many addresses as it has given out already."""
    taken = [shop.cluster.address(*name) for name in (("envoy", "projectcontour"), ("welcome", "welcome"))]
    ranges = [f"{address}/32" for address in taken]
    pool = shop.patched("ipaddresspool/l2", {"spec": {"addresses": ranges}}, namespace=_METALLB)
    with shop.deleted("service/edge"), pool, _created_without_request(shop):
        yield


@fault("mlb-no-advertisement", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def no_advertisement(shop: Shop) -> Iterator[None]:
    """The address is given out, and no advertisement covers its pool."""
    with shop.deleted("l2advertisement/l2", namespace=_METALLB):
        yield


@fault("mlb-adv-pool-name", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def advertisement_of_other_pool(shop: Shop) -> Iterator[None]:
    """The advertisement names a pool that does not exist."""
    with shop.patched("l2advertisement/l2", {"spec": {"ipAddressPools": ["lan"]}}, namespace=_METALLB):
        yield


@fault("mlb-adv-node-selector", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def advertisement_from_no_node(shop: Shop) -> Iterator[None]:
    """The advertisement is for nodes with a label that none has."""
    selectors = [{"matchLabels": {"lan": "front"}}]
    with shop.patched("l2advertisement/l2", {"spec": {"nodeSelectors": selectors}}, namespace=_METALLB):
        yield


@fault("mlb-adv-interfaces", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def advertisement_on_missing_interface(shop: Shop) -> Iterator[None]:
    """The advertisement is for an interface that no node has; a speaker goes on with what it announced before (SetBalancer)."""
    with shop.patched("l2advertisement/l2", {"spec": {"interfaces": ["eth7"]}}, namespace=_METALLB), made_anew(shop, "edge"):
        yield


@fault("mlb-l2-off-subnet", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def pool_off_the_subnet(shop: Shop) -> Iterator[None]:
    """The pool's addresses are not of the nodes' network, so that nobody asks for them by ARP."""
    pool = shop.patched("ipaddresspool/l2", {"spec": {"addresses": ["203.0.113.0/28"]}}, namespace=_METALLB)
    with shop.deleted("service/edge"), pool, _created_without_request(shop):
        yield


@fault("mlb-exclude-label", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def nodes_excluded(shop: Shop) -> Iterator[None]:
    """All nodes carry the label that excludes them from load balancers."""
    label = "node.kubernetes.io/exclude-from-external-load-balancers"
    shop.must("label", "nodes", "--all", f"{label}=")
    try:
        yield
    finally:
        shop.must("label", "nodes", "--all", f"{label}-")


@fault("mlb-no-speaker", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def speakers_stopped(shop: Shop) -> Iterator[None]:
    """No speaker runs: the DaemonSet asks for a node label that no node has."""
    selector = {"spec": {"template": {"spec": {"nodeSelector": {"speaker": "yes"}}}}}
    with shop.patched("daemonset/speaker", selector, namespace=_METALLB):
        yield


@fault("mlb-controller-down", subject="svc/edge", traffic=LAYER2, fails=_NOBODY)
def controller_stopped(shop: Shop) -> Iterator[None]:
    """MetalLB's controller has no replicas when the Service is made."""
    with shop.patched("deployment/controller", {"spec": {"replicas": 0}}, namespace=_METALLB), made_anew(shop, "edge"):
        yield
    shop.must("rollout", "status", "deployment/controller", "--timeout=60s", namespace=_METALLB)


@fault("mlb-etp-local-no-node", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def local_policy_and_no_announcing_node_with_pod(shop: Shop) -> Iterator[None]:
    """externalTrafficPolicy Local, the only pod is on node1, and only node2 may announce."""
    selectors = [{"matchLabels": {"kubernetes.io/hostname": "node2"}}]
    spec = {"externalTrafficPolicy": "Local", "selector": {"app": "cart"}}
    advertisement = shop.patched("l2advertisement/l2", {"spec": {"nodeSelectors": selectors}}, namespace=_METALLB)
    with advertisement, shop.patched("service/edge", {"spec": spec}):
        yield


@fault("lb-source-ranges", subject="svc/edge", traffic=LAYER2, fails="timeout")
def source_ranges(shop: Shop) -> Iterator[None]:
    """The Service admits clients of another network only."""
    with shop.patched("service/edge", {"spec": {"loadBalancerSourceRanges": ["203.0.113.0/24"]}}):
        yield


@fault("lb-class-mismatch", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def class_of_nobody(shop: Shop) -> Iterator[None]:
    """The Service asks for a load balancer of a class that nobody serves."""
    before = shop.get("service/edge")
    spec = {key: value for key, value in before["spec"].items() if not key.startswith("clusterIP")}
    with shop.deleted("service/edge"):
        shop.create({**before, "spec": {**spec, "loadBalancerClass": "lan.example/hardware"}})
        yield
        shop.must("delete", "service/edge", "--wait=true")


@fault("mlb-arp-blocked", subject="svc/edge", traffic=LAYER2, fails=_NOBODY, by_command=False)
def arp_blocked(shop: Shop) -> Iterator[None]:
    """The network between the nodes and the laptop lets no ARP for the address through."""
    laptop = shop.cluster.topology.host("laptop")
    laptop.must(["nft", "-f", "-"], stdin="table arp lab_fault {\nchain in {\ntype filter hook input priority 0\ndrop\n}\n}\n")
    laptop.must(["ip", "neigh", "flush", "dev", "eth0"])
    try:
        yield
    finally:
        laptop.must(["nft", "delete", "table", "arp", "lab_fault"])


@fault("mlb-ip-conflict-lan", subject="svc/edge", traffic=LAYER2, fails="refused", by_command=False)
def address_of_another_host(shop: Shop) -> Iterator[None]:
    """Another host of the network has the address too, and is the first to answer when somebody asks by ARP for it."""
    other, laptop = (shop.cluster.topology.host(name) for name in ("router", "laptop"))
    other.must(["ip", "address", "add", f"{EDGE}/32", "dev", "eth0"])
    laptop.must(["ip", "neigh", "flush", "dev", "eth0"])
    try:
        yield
    finally:
        other.must(["ip", "address", "del", f"{EDGE}/32", "dev", "eth0"])
        laptop.must(["ip", "neigh", "flush", "dev", "eth0"])


@fault("mlb-bgp-session-down", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY)
def bgp_wrong_asn(shop: Shop) -> Iterator[None]:
    """MetalLB expects another AS number of the router than it has."""
    with shop.patched("bgppeer/router", {"spec": {"peerASN": 64510}}, namespace=_METALLB):
        yield


@fault("mlb-bgp-session-down", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY, by_command=False)
def bgp_password(shop: Shop) -> Iterator[None]:
    """The router wants a password that MetalLB does not give."""
    shop.cluster.router.reconfigure(extra='password "opensesame";')
    try:
        yield
    finally:
        shop.cluster.router.reconfigure()


@fault("mlb-bgp-session-down", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY, by_command=False)
def bgp_port_blocked(shop: Shop) -> Iterator[None]:
    """A firewall at the router drops the sessions."""
    with blocked(shop, "router", "tcp dport 179 drop"):
        shop.cluster.router.birdc("restart", "all")
        yield


@fault("mlb-bgp-no-peer", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY)
def bgp_no_peer(shop: Shop) -> Iterator[None]:
    """MetalLB knows no router."""
    with shop.deleted("bgppeer/router", namespace=_METALLB):
        yield


@fault("mlb-bgp-router-filter", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY, by_command=False)
def bgp_routes_not_accepted(shop: Shop) -> Iterator[None]:
    """The sessions are up, and the router accepts no route."""
    shop.cluster.router.reconfigure(policy="none")
    try:
        yield
    finally:
        shop.cluster.router.reconfigure()


@fault("mlb-bgp-adv-peers", subject="svc/edge-bgp", traffic=BGP, fails=_NOBODY)
def bgp_advertised_to_missing_peer(shop: Shop) -> Iterator[None]:
    """The advertisement is for a peer that does not exist."""
    with shop.patched("bgpadvertisement/bgp", {"spec": {"peers": ["border"]}}, namespace=_METALLB):
        yield


@contextmanager
def _created_without_request(shop: Shop) -> Iterator[None]:
    """A Service `edge` that requests no particular address."""
    text = """\
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
"""
    with shop.created(text):
        yield
