"""Clients of the shop: each is one attempt of real traffic, and says in a word what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.lab import traffic
from tests.lab.certificates import Authority
from tests.lab.faults.fault import Traffic
from tests.lab.faults.shop import GATEWAY_HOST, HOST, NAMESPACE, Shop

EDGE, EDGE_BGP = "192.0.2.210", "198.51.100.10"
WEB_PORT, CART_PORT = 30081, 30082


def laptop(url: str, *, via: str | None = None) -> Traffic:
    """A person on the laptop opens a URL (through the address `via`, whatever the host's name says)."""
    return lambda shop: shop.cluster.http(url, via=via).outcome


def newcomer(url: str, address: str) -> Traffic:
    """The laptop opens a URL after it has forgotten whose MAC `address` is: who knows that is served on by a node that announces no more."""

    def attempt(shop: Shop) -> str:
        shop.cluster.topology.host("laptop").must(["ip", "neigh", "flush", "to", address])
        return shop.cluster.http(url).outcome

    return attempt


def node_port(port: int, node: str = "node1") -> Traffic:
    """The laptop asks one node's port."""
    return lambda shop: shop.cluster.http(f"http://{shop.cluster.topology.host(node).ipv4}:{port}/hostname").outcome


def in_cluster(url: str) -> Traffic:
    """The pod `client` opens a URL."""
    return lambda shop: traffic.wget_answer(shop.in_client(*traffic.wget(url))).outcome


def from_node(node: str, service: str) -> Traffic:
    """A process on a node asks the cluster IP of a Service of the shop."""

    def attempt(shop: Shop) -> str:
        address = shop.get(f"service/{service}")["spec"]["clusterIP"]
        return shop.cluster.http(f"http://{address}/hostname", from_=node).outcome

    return attempt


def lookup(name: str) -> Traffic:
    """The pod `client` looks a name up: `resolved` when it gets an address (an alias alone is none), or `unresolved`."""

    def attempt(shop: Shop) -> str:
        answer = shop.in_client("nslookup", "-type=a", name).stdout
        return "resolved" if re.search(r"^Name:.*\nAddress:", answer, flags=re.MULTILINE) else "unresolved"

    return attempt


def through_envoy(host: str, path: str = "/", *, trusted: Callable[[Shop], Authority] | None = None) -> Traffic:
    """The laptop opens a host's page through the address of Envoy, by TLS when it trusts an authority."""

    def attempt(shop: Shop) -> str:
        service = shop.get("service/envoy", "projectcontour")
        address = service["status"]["loadBalancer"]["ingress"][0]["ip"]
        authority = trusted(shop).certificate if trusted else None
        return shop.cluster.http(f"http{'s' if trusted else ''}://{host}{path}", via=address, authority=authority).outcome

    return attempt


def through_ingress(path: str = "/") -> Traffic:
    """The laptop opens a page of the shop's Ingress, whose certificate must hold."""
    return through_envoy(HOST, path, trusted=lambda shop: shop.authority)


def in_pod(app: str, node: str, url: str) -> Traffic:
    """The pod of an application on a node opens a URL."""

    def attempt(shop: Shop) -> str:
        pod = shop.must("get", "pods", "-l", f"app={app}", f"--field-selector=spec.nodeName={node}", "-o", "name").split()[0]
        return traffic.wget_answer(shop.cluster.kubectl("-n", NAMESPACE, "exec", pod, "--", *traffic.wget(url))).outcome

    return attempt


WEB = node_port(WEB_PORT)
CART = node_port(CART_PORT)
LAYER2 = newcomer(f"http://{EDGE}/hostname", EDGE)
BGP = laptop(f"http://{EDGE_BGP}/hostname")
INGRESS = through_ingress()
SECURE = through_envoy(GATEWAY_HOST, trusted=lambda shop: shop.gateway_authority)
ROUTE = through_envoy("route.shop.example")
STOCK = through_envoy("stock.shop.example")
