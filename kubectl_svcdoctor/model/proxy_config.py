"""What is read of kube-proxy's configuration (kubeproxy.config.k8s.io/v1alpha1), as kubeadm writes it into a ConfigMap."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

# Fields of the top level, each a plain word on a line of its own.
_FIELD = re.compile(r"""(?P<name>mode|clusterCIDR|detectLocalMode):[ ]*["']?(?P<value>[A-Za-z0-9.:,/]{0,200})["']?[ ]*""")


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """`mode` is empty for the default; `networks` are those whose addresses are taken for Pods' own, where `local` is ClusterCIDR, the default."""

    mode: str = ""
    local: str = "ClusterCIDR"
    networks: tuple[str, ...] = ()

    def strange(self, address: str) -> bool:
        """Whether kube-proxy takes this Pod's address for one from outside of the cluster, as far as these networks tell."""
        here = _network(address)
        same = [network for text in self.networks if (network := _network(text)) and here and network.version == here.version]
        return self.local == "ClusterCIDR" and bool(same) and not any(here.network_address in network for network in same if here)


def reduced(text: str) -> str:
    """The lines that are read."""
    return "\n".join(line for line in text.splitlines() if _FIELD.fullmatch(line))


def parsed(text: str) -> ProxyConfig:
    """The configuration; a field that is missing, or no plain word, has its default."""
    found = {match["name"]: match["value"] for line in text.splitlines() if (match := _FIELD.fullmatch(line))}
    networks = tuple(filter(None, found.get("clusterCIDR", "").split(",")))
    return ProxyConfig(found.get("mode", ""), found.get("detectLocalMode", "") or "ClusterCIDR", networks)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
