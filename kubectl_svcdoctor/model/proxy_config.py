"""What is read of kube-proxy's configuration (kubeproxy.config.k8s.io/v1alpha1), as kubeadm writes it into a ConfigMap."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

# Fields of the top level, each a plain word on a line of its own.
_LIST = re.compile(r"nodePortAddresses:[ ]*")
_ENTRY = re.compile(r"""[ ]*-[ ]+["']?(?P<value>[A-Za-z0-9.:/]{1,60})["']?[ ]*""")
_FIELD = re.compile(r"""(?P<name>mode|clusterCIDR|detectLocalMode):[ ]*["']?(?P<value>[A-Za-z0-9.:,/]{0,200})["']?[ ]*""")


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """`mode` is empty for the default; `networks` are those whose addresses are taken for Pods' own, where `local` is ClusterCIDR, the default.
    `node_ports` are the networks of nodes at whose addresses node ports are served, or the word `primary`; empty for the default of the mode."""

    mode: str = ""
    local: str = "ClusterCIDR"
    networks: tuple[str, ...] = ()
    node_ports: tuple[str, ...] = ()

    def serves(self, address: str) -> bool:
        """Whether node ports are served at this address of a node, as far as networks tell; `primary` is left to the node."""
        here = _network(address)
        known = [network for text in self.node_ports if (network := _network(text))]
        same = [network for network in known if here and network.version == here.version]
        return here is None or "primary" in self.node_ports or not known or any(here.network_address in network for network in same)

    def strange(self, address: str) -> bool:
        """Whether kube-proxy takes this Pod's address for one from outside of the cluster, as far as these networks tell."""
        here = _network(address)
        same = [network for text in self.networks if (network := _network(text)) and here and network.version == here.version]
        return self.local == "ClusterCIDR" and bool(same) and not any(here.network_address in network for network in same if here)


def reduced(text: str) -> str:
    """The lines that are read."""
    lines = text.splitlines()
    ours = {place for start in (number for number, line in enumerate(lines) if _LIST.fullmatch(line)) for place in _entries(lines, start)}
    return "\n".join(line for number, line in enumerate(lines) if number in ours or _FIELD.fullmatch(line))


def _entries(lines: list[str], start: int) -> range:
    """The places of a list's head and entries."""
    end = start + 1
    while end < len(lines) and _ENTRY.fullmatch(lines[end]):
        end += 1
    return range(start, end)


def parsed(text: str) -> ProxyConfig:
    """The configuration; a field that is missing, or no plain word, has its default."""
    found = {match["name"]: match["value"] for line in text.splitlines() if (match := _FIELD.fullmatch(line))}
    networks = tuple(filter(None, found.get("clusterCIDR", "").split(",")))
    lines = text.splitlines()
    places = next((_entries(lines, number) for number, line in enumerate(lines) if _LIST.fullmatch(line)), range(0))
    node_ports = tuple(match["value"] for place in places if (match := _ENTRY.fullmatch(lines[place])))
    return ProxyConfig(found.get("mode", ""), found.get("detectLocalMode", "") or "ClusterCIDR", networks, node_ports)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
