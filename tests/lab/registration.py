"""Nodes as a cloud's controllers would register them, before any kubelet runs: with addresses and pod ranges.

A kube-proxy that finds no address on its Node within 30 seconds goes on without, and ends for good when one appears
(pkg/proxy/node.go, OnNodeChange): on a cold disk a kubelet can take that long.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.lab.controlplane import ControlPlane
from tests.lab.topology import Host


def register(control_plane: ControlPlane, hosts: Iterable[Host], dual_stack: bool) -> None:
    """Create the Nodes of these hosts, with the addresses that their kubelets will report."""
    control_plane.write(_node(host, dual_stack) for host in hosts)


def _node(host: Host, dual_stack: bool) -> dict[str, Any]:
    ranges = [host.pods, *([host.pods6] if dual_stack else [])]
    internal = [host.ipv4, *([host.ipv6] if dual_stack else [])]
    addresses = [*({"type": "InternalIP", "address": address} for address in internal), {"type": "Hostname", "address": host.name}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": host.name},
        "spec": {"podCIDR": host.pods, "podCIDRs": ranges},
        "status": {"addresses": addresses},
    }
