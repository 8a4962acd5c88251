"""What a probe that fails was told, out of the kubelet's words about it.

Source of the words: pkg/kubelet/prober/prober.go and pkg/probe/{http,tcp,exec}; net/http for the schemes.
"""

from __future__ import annotations

import re
from typing import Literal

from kubectl_svcdoctor.model.workload import Container, Probe

Aspect = Literal["command", "port", "path", "scheme", "start", "late", ""]
"""What is wrong with a probe: its command is not in the image; its port refuses; its path is unknown; its scheme is another; it begins before the
application has started; the answer comes late; or nothing of it, as far as is known."""

REFUSED = "connection refused"
NO_COMMAND = re.compile(
    r'exec: "(?P<program>[^"]+)": (?:executable file not found|stat [^:]*: no such file or directory)|executable file not found'
    r"|\bsh: (?:line )?(?:\d+: )?(?P<inner>\S+): (?:command )?not found")
LATE = re.compile(r"deadline exceeded|Client\.Timeout|i/o timeout|timed out", re.IGNORECASE)


def answered(message: str, probe: Probe) -> Aspect:
    """What is wrong by the kubelet's words alone; a refused port may be the wrong one, or one that is not open yet."""
    if probe.exec is not None and NO_COMMAND.search(message):
        return "command"
    if REFUSED in message:
        return "port"
    if probe.http_get is not None and "statuscode: 404" in message:
        return "path"
    # The first bytes of a TLS alert are no HTTP response; a server without TLS answers a handshake in plain HTTP.
    if probe.http_get is not None and ("malformed HTTP response" in message or "HTTP response to HTTPS client" in message):
        return "scheme"
    return "late" if LATE.search(message) else ""


def wrong(probe: Probe, aspect: Aspect, message: str = "") -> str:
    """The same as what the probe does, behind its name: `asks port 8081, which refuses connections`."""
    if aspect == "command":
        return f"runs {command(probe, message)}, which the image does not have"
    if aspect == "path":
        return f"asks for path {probe.http_get.path if probe.http_get else ''} and is told 404"
    if aspect == "scheme":
        return f"speaks {probe.http_get.scheme if probe.http_get else ''} to port {probe.port}, which does not"
    return f"asks port {probe.port}, which refuses connections"


def command(probe: Probe, message: str) -> str:
    """The program that could not be run, as the container runtime or the shell names it; else the first word of the probe's command."""
    found = NO_COMMAND.search(message)
    named = (found["program"] or found["inner"]) if found else ""
    return named or (probe.exec.command[0] if probe.exec and probe.exec.command else "")


def declared(container: Container) -> str:
    """`http 8080/TCP`, or `none`: the ports that a container declares."""
    return ", ".join(f"{port.name or 'unnamed'} {port.container_port}/{port.protocol}" for port in container.ports) or "none"


def action(probe: Probe) -> str:
    """The field of the probe that holds its port."""
    if probe.http_get:
        return "httpGet"
    return "tcpSocket" if probe.tcp_socket else "grpc"


def undeclared(container: Container, probe: Probe, targets: frozenset[int]) -> bool:
    """Whether the container declares ports, and the one that the probe asks is neither one of them nor one that the Service sends clients to."""
    numbers = {port.container_port for port in container.ports}
    return isinstance(probe.port, int) and bool(numbers) and probe.port not in numbers | targets


def meant(container: Container, probe: Probe, targets: frozenset[int]) -> int | str | None:
    """The declared TCP port that the probe was probably meant to ask, by name where it has one: the one that clients are sent to, or the only one."""
    ports = [port for port in container.ports if port.protocol == "TCP"]
    best = next((port for port in ports if port.container_port in targets), ports[0] if len(ports) == 1 else None)
    if best is None:
        return None
    return best.container_port if probe.grpc else best.name or best.container_port
