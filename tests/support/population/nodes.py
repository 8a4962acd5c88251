"""On which node the Pods of a population run, and which addresses they have."""

from __future__ import annotations

PODS_OF_A_NODE, NODES_OF_A_ROOM = 100, 16
ZONES = ("eu-1a", "eu-1b", "eu-1c")


def located(number: int) -> tuple[str, str]:
    """The node and the address of a Pod: neighbours are spread over the nodes of one room."""
    room, place = divmod(number, NODES_OF_A_ROOM * PODS_OF_A_NODE)
    node = room * NODES_OF_A_ROOM + place % NODES_OF_A_ROOM
    return f"node-{node:03}", f"{pod_network(node)}.{place // NODES_OF_A_ROOM + 2}"


def pod_network(node: int) -> str:
    return f"10.{128 + node // 256}.{node % 256}"


def zone(node: str) -> str:
    return ZONES[int(node.rpartition("-")[2]) % len(ZONES)]


def node_address(name: str) -> str:
    """Out of the range that is set aside for benchmarks (RFC 2544), so that nothing answers there."""
    number = int(name.rpartition("-")[2])
    return f"198.18.{number // 250}.{number % 250 + 1}"
