"""Clients of the shop: each is one attempt of real traffic, and says in a word what became of it."""

from __future__ import annotations

import re

from tests.lab import traffic
from tests.lab.faults.fault import Traffic
from tests.lab.faults.shop import HOST, Shop

EDGE, EDGE_BGP = "192.0.2.210", "198.51.100.10"
WEB_PORT, CART_PORT = 30081, 30082


def laptop(url: str, *, via: str | None = None) -> Traffic:
    """A person on the laptop opens a URL (through the address `via`, whatever the host's name says)."""
    return lambda shop: shop.cluster.http(url, via=via).outcome


def node_port(port: int, node: str = "node1") -> Traffic:
    """The laptop asks one node's port."""
    return lambda shop: shop.cluster.http(f"http://{shop.cluster.topology.host(node).ipv4}:{port}/hostname").outcome


def in_cluster(url: str) -> Traffic:
    """The pod `client` opens a URL."""
    return lambda shop: traffic.wget_answer(shop.in_client(*traffic.wget(url))).outcome


def connects(address: str) -> Traffic:
    """The pod `client` opens a connection to `host:port` and says nothing: `200` when it came about, else how it failed."""

    def attempt(shop: Shop) -> str:
        done = shop.in_client("/agnhost", "connect", address, "--timeout=3s")
        return "200" if done.returncode == 0 else (done.stderr.split() or ["other"])[0].lower()

    return attempt


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


def through_envoy(host: str, path: str = "/", *, tls: bool = False) -> Traffic:
    """The laptop opens a host's page through the address of Envoy; with `tls` its certificate must hold."""

    def attempt(shop: Shop) -> str:
        service = shop.get("service/envoy", "projectcontour")
        address = service["status"]["loadBalancer"]["ingress"][0]["ip"]
        authority = shop.authority.certificate if tls else None
        return shop.cluster.http(f"http{'s' if tls else ''}://{host}{path}", via=address, authority=authority).outcome

    return attempt


WEB = node_port(WEB_PORT)
CART = node_port(CART_PORT)
LAYER2 = laptop(f"http://{EDGE}/hostname")
BGP = laptop(f"http://{EDGE_BGP}/hostname")
INGRESS = through_envoy(HOST, tls=True)
ROUTE = through_envoy("route.shop.example")
STOCK = through_envoy("stock.shop.example")

