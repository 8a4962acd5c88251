"""The router between the nodes and the laptop: BIRD speaks BGP with every node, CoreDNS stands for the DNS outside."""

from __future__ import annotations

from pathlib import Path

from tests.lab import packages
from tests.lab.errors import LabError
from tests.lab.process import Process
from tests.lab.runner import Runner
from tests.lab.topology import BGP_POOL, Topology

ROUTER_ASN, NODE_ASN = 64501, 64500
_BIRD = """\
log stderr all;
router id {address};
protocol device {{ scan time 5; }}
protocol kernel {{ merge paths yes; ipv4 {{ import none; export filter {{ if net ~ [ {pool}+ ] then accept; reject; }}; }}; }}
"""
_PEER = """\
protocol bgp {name} {{
  local {address} as {asn};
  neighbor {neighbor} as {neighbor_asn};
  passive on; hold time 9; error wait time 2, 4; connect delay time 1;
  ipv4 {{ import {policy}; export none; }};
  {extra}
}}
"""
# The domain wild.example has a wildcard record, as domains of companies often do.
_OUTSIDE = """\
.:53 {
    errors
    hosts {
        203.0.113.80 www.example.org
        203.0.113.25 mail.example.org
    }
    template IN A wild.example {
        answer "{{ .Name }} 60 IN A 203.0.113.99"
    }
}
"""


class Router:
    """BIRD and an outside name server in the namespace `router`."""

    def __init__(self, topology: Topology, folder: Path, runner: Runner, coredns: Path) -> None:
        """Remember where; `coredns` is the program."""
        self.host = topology.host("router")
        self._topology = topology
        self._folder = folder
        self._runner = runner
        self._coredns = coredns
        self._processes: list[Process] = []

    def start(self) -> None:
        """Start both and come back when BIRD takes commands."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write()
        (self._folder / "Corefile").write_text(_OUTSIDE)
        argv = [packages.command("bird"), "-f", "-c", str(self._folder / "bird.conf"), "-s", self._control]
        bird = self._runner.start("router-bird", argv, host=self.host)
        dns = [str(self._coredns), "-conf", str(self._folder / "Corefile")]
        self._processes = [bird, self._runner.start("router-dns", dns, host=self.host)]
        bird.wait_ready(lambda: self.birdc("show", "status").startswith("BIRD"))

    def birdc(self, *command: str) -> str:
        """Return what BIRD answers to a command, or why there is no answer."""
        done = self.host.run([packages.command("birdc"), "-s", self._control, *command])
        return done.stdout if done.returncode == 0 else done.stderr

    def established(self) -> list[str]:
        """Return the names of the nodes whose BGP session is established."""
        lines = (line.split() for line in self.birdc("show", "protocols").splitlines())
        return [words[0] for words in lines if len(words) > 1 and words[1] == "BGP" and words[-1] == "Established"]

    def next_hops(self, destination: str) -> list[str]:
        """Return the routers that the kernel would use for `destination`, an address or a prefix."""
        words = self.host.run([packages.command("ip"), "route", "show", destination]).stdout.split()
        return sorted(words[at + 1] for at, word in enumerate(words) if word == "via")

    def reconfigure(self, *, asn: int = ROUTER_ASN, neighbor_asn: int = NODE_ASN, policy: str = "all", extra: str = "") -> None:
        """Give BIRD other settings for its peers: AS numbers, what it imports (`all`, `none`), `password "..."`.

        Nobody can connect meanwhile: a connection from before BIRD gives the kernel its password would be taken without one.
        """
        self._write(asn, neighbor_asn, policy, extra)
        self.birdc("disable", '"node*"')
        answer = self.birdc("configure")
        self.birdc("enable", '"node*"')
        if "Reconfig" not in answer:
            raise LabError(f"BIRD does not take the new configuration: {answer}")

    @property
    def _control(self) -> str:
        return str(self._folder / "bird.ctl")

    def _write(self, asn: int = ROUTER_ASN, neighbor_asn: int = NODE_ASN, policy: str = "all", extra: str = "") -> None:
        address = self.host.ipv4
        text = _BIRD.format(address=address, pool=BGP_POOL[0])
        for name in self._topology.node_names:
            neighbor = self._topology.host(name).ipv4
            text += _PEER.format(
                name=name, address=address, asn=asn, neighbor=neighbor, neighbor_asn=neighbor_asn, policy=policy, extra=extra
            )
        (self._folder / "bird.conf").write_text(text)
