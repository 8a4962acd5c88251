"""The wires of the lab: one network namespace for each host, and one that holds the switch between them.

Every interface is born inside these namespaces, so two labs use the same addresses without ever meeting, and deleting
the namespaces deletes all of it. Addresses are from the ranges kept for documentation (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import ipaddress
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab import packages
from tests.lab.errors import LabError

NODE_NETWORK = ipaddress.IPv4Network("192.0.2.0/24")
NODE_NETWORK_6 = ipaddress.IPv6Network("2001:db8:2::/64")
SERVICE_NETWORK = ipaddress.IPv4Network("10.96.0.0/16")
SERVICE_NETWORK_6 = ipaddress.IPv6Network("2001:db8:96::/112")
POD_NETWORK = ipaddress.IPv4Network("10.244.0.0/16")
POD_NETWORK_6 = ipaddress.IPv6Network("2001:db8:244::/56")
L2_POOL = ("192.0.2.200-192.0.2.219", "2001:db8:2::200-2001:db8:2::21f")
BGP_POOL = ("198.51.100.0/27", "2001:db8:198::/123")
SWITCH = "switch"

_HOST_NUMBERS = {"cp": 10, "node1": 11, "node2": 12, "node3": 13, "laptop": 100, "router": 254}
_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.fib_multipath_hash_policy": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.accept_dad": "0",
}


def router_address() -> str:
    """Return the router's IPv4 address on the node network; it also answers DNS for names outside the cluster."""
    return str(NODE_NETWORK[_HOST_NUMBERS["router"]])


@dataclass(frozen=True)
class Host:
    """One machine of the lab: `netns` is the name of its network namespace, addresses are on the node network."""

    name: str
    netns: str
    ipv4: str
    ipv6: str
    pods: str
    pods6: str

    @property
    def netns_path(self) -> str:
        """Return the file that stands for the namespace, for `nsenter --net=`."""
        return f"/run/netns/{self.netns}"

    def enter(self, argv: Sequence[str]) -> list[str]:
        """Return `argv` such that it runs in this host's network; `ip netns exec` would hide the cgroups."""
        return [packages.command("nsenter"), f"--net={self.netns_path}", "--", *argv]

    def run(self, argv: Sequence[str], *, timeout: float = 60, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in this host's network and return how it ended; its failure is the caller's to judge."""
        return subprocess.run(
            self.enter(argv), input=stdin, capture_output=True, text=True, check=False, timeout=timeout
        )

    def must(self, argv: Sequence[str], *, stdin: str | None = None) -> str:
        """Run a command in this host's network and return its output; raise `LabError` with its words on failure."""
        return _must(self.enter(argv), stdin=stdin)


@dataclass(frozen=True)
class Topology:
    """All hosts of one lab. `prefix` starts the name of each of its namespaces."""

    prefix: str
    nodes: int = 2
    dual_stack: bool = False

    @property
    def node_names(self) -> tuple[str, ...]:
        """Return `node1`, `node2`, ... in order."""
        return tuple(f"node{number}" for number in range(1, self.nodes + 1))

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Return every host: control plane, nodes, laptop, router."""
        return tuple(self.host(name) for name in ("cp", *self.node_names, "laptop", "router"))

    def host(self, name: str) -> Host:
        """Return one host by its name (`cp`, `node1`, `laptop`, `router`)."""
        number = _HOST_NUMBERS[name]
        pods, pods6 = list(POD_NETWORK.subnets(new_prefix=24)), list(POD_NETWORK_6.subnets(new_prefix=64))
        return Host(
            name=name,
            netns=f"{self.prefix}.{name}",
            ipv4=str(NODE_NETWORK[number]),
            ipv6=str(NODE_NETWORK_6[number]),
            pods=str(pods[number]),
            pods6=str(pods6[number]),
        )

    def create(self) -> None:
        """Make the namespaces, the switch, the cables and the routes; raise `LabError` when the kernel refuses."""
        switch = f"{self.prefix}.{SWITCH}"
        for netns in (switch, *(host.netns for host in self.hosts)):
            _must([packages.command("ip"), "netns", "add", netns])
        settings = [f"{key}={value}" for key, value in _SYSCTLS.items()]
        for host in self.hosts:
            host.must([packages.command("sysctl"), "-qw", *settings])
        _ip_batch(switch, [f"link add {SWITCH} type bridge forward_delay 0 mcast_snooping 0", f"link set {SWITCH} up"])
        for host in self.hosts:
            cable = f"link add {host.name} type veth peer name eth0 netns {host.netns}"
            _ip_batch(switch, [cable, f"link set {host.name} master {SWITCH} up"])
            _ip_batch(host.netns, self._addresses(host))
        for host in self.hosts:
            _ip_batch(host.netns, self._routes(host))

    def plug(self, name: str, state: str) -> None:
        """Set the switch's end of a host's cable `down` or `up`; the host sees no carrier, and keeps its addresses and routes."""
        _ip_batch(f"{self.prefix}.{SWITCH}", [f"link set {name} {state}"])

    def delete(self) -> None:
        """Delete every namespace whose name starts with this lab's prefix, whatever the number of nodes was."""
        for netns in namespaces(self.prefix):
            _must([packages.command("ip"), "netns", "delete", netns])

    def _addresses(self, host: Host) -> list[str]:
        lines = ["link set lo up", f"addr add {host.ipv4}/{NODE_NETWORK.prefixlen} dev eth0"]
        if self.dual_stack:
            lines.append(f"addr add {host.ipv6}/{NODE_NETWORK_6.prefixlen} dev eth0 nodad")
        return [*lines, "link set eth0 up"]

    def _routes(self, host: Host) -> list[str]:
        """Pods of the other nodes are reached through them, all else through the router, which knows no way further."""
        others = [self.host(name) for name in self.node_names if name != host.name and host.name != "laptop"]
        lines = [f"route replace {other.pods} via {other.ipv4}" for other in others]
        if self.dual_stack:
            lines += [f"route replace {other.pods6} via {other.ipv6}" for other in others]
        if host.name != "router":
            router = self.host("router")
            lines.append(f"route replace default via {router.ipv4}")
            lines += [f"route replace default via {router.ipv6}"] if self.dual_stack else []
        return lines


def namespaces(prefix: str) -> list[str]:
    """Return the network namespaces of the lab with this prefix, sorted."""
    listed = _must([packages.command("ip"), "netns", "list"]).splitlines()
    names = (line.split()[0] for line in listed if line.strip())
    return sorted(name for name in names if name.startswith(f"{prefix}."))


def _ip_batch(netns: str, lines: Sequence[str]) -> None:
    _must([packages.command("ip"), "-n", netns, "-batch", "-"], stdin="\n".join(lines) + "\n")


def _must(argv: Sequence[str], *, stdin: str | None = None) -> str:
    done = subprocess.run(list(argv), input=stdin, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)} failed ({done.returncode}): {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
