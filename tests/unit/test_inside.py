"""Asking from inside of a Pod: the real scripts in a real shell, against DNS servers on loopback; what shells and tools say, and what that means."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset
import pytest

from kubectl_svcdoctor.collect.connection import Forbidden, Unreachable
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, Inside, Look, Looked, LookupFrom, Resolved
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import shell
from kubectl_svcdoctor.probe.inside import InsidePod

CLIENT = Inside("shop", "client", "app", "node1")
LOOPBACK = "127.0.0.1"
# A name with a label of ten letters: its length octet is a line feed, which a shell may take for the end of a line.
NAME = "kubernetes.default.svc.cluster.local"


class Local:
    """Runs what is to be run in a container as a process of this machine, with nothing but the given tools."""

    def __init__(self, tools: Path) -> None:
        self.tools, self.ran = tools, 0

    @contextmanager
    def execute(self, namespace: str, pod: str, container: str, command: Sequence[str], timeout: float | None = None) -> Iterator[Running]:
        program = self.tools / command[0]
        if not program.exists():
            yield Running(None, f'exec: "{command[0]}": executable file not found in $PATH')
            return
        self.ran += 1
        process = subprocess.Popen([str(program), *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": str(self.tools)}, text=True)
        try:
            yield Running(process)
        finally:
            process.kill()
            process.communicate()


class Running:
    """What an execution tells."""

    def __init__(self, process: subprocess.Popen[str] | None, words: str = "") -> None:
        self.process, self.words, self.errors = process, words, ""

    def lines(self, seconds: float) -> Iterator[str]:
        if self.process is None:
            return
        assert self.process.stdout and self.process.stderr
        with contextlib.ExitStack() as stack:
            timer = threading.Timer(seconds, self.process.kill)
            timer.start()
            stack.callback(timer.cancel)
            for line in self.process.stdout:
                yield line.rstrip("\n")
        self.errors = self.process.stderr.read()


@pytest.fixture
def tools(tmp_path: Path) -> Callable[..., Path]:
    """A folder with links to these programs of the machine and to nothing else."""

    def make(*names: str) -> Path:
        folder = tmp_path / "-".join(names)
        folder.mkdir()
        for name in names:
            found = shutil.which(name)
            assert found, f"this machine has no {name}"
            (folder / name).symlink_to(found)
        return folder

    return make


EVERYTHING = ("sh", "bash", "od", "dd", "tr", "timeout", "sleep")


@contextmanager
def name_server(answering: bool = True) -> Iterator[int]:
    """A DNS server on loopback, UDP and TCP on one port: 10.96.0.1 for A, nothing for AAAA, a SRV record, NXDOMAIN for names with `no` in front."""
    with socket.create_server((LOOPBACK, 0)) as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        port: int = stream.getsockname()[1]
        datagrams.bind((LOOPBACK, port))

        def packets() -> None:
            with contextlib.suppress(OSError):
                while True:
                    wire, sender = datagrams.recvfrom(65535)
                    if answering:
                        datagrams.sendto(_datagram(dns.message.from_wire(wire)), sender)

        def connections() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = stream.accept()
                    with connection, contextlib.suppress(OSError, EOFError):
                        dns.query.send_tcp(connection, _reply(dns.query.receive_tcp(connection)[0]))

        for serve in (packets, connections):
            threading.Thread(target=serve, daemon=True).start()
        yield port


def _reply(query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query)
    question = query.question[0]
    kind = question.rdtype.name
    if str(question.name).startswith("no"):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif kind in ("A", "SRV"):
        reply.answer.append(dns.rrset.from_text(question.name, 5, "IN", kind, "10.96.0.1" if kind == "A" else f"0 100 443 {NAME}."))
    return reply


def _datagram(query: dns.message.Message) -> bytes:
    """What fits: of names with `many` in front nothing, with the flag that says so."""
    reply = _reply(query)
    if str(query.question[0].name).startswith("many"):
        reply.answer, reply.flags = [], reply.flags | dns.flags.TC
    return reply.to_wire()


def lookup(port: int, protocol: str, name: str = NAME, kind: str = "A") -> LookupFrom:
    return LookupFrom(CLIENT, LOOPBACK, port, protocol, name, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_bash_asks_over_both_protocols(protocol: str, tools: Callable[..., Path]) -> None:
    with name_server() as port:
        asked = [lookup(port, protocol), lookup(port, protocol, kind="AAAA"), lookup(port, protocol, f"_https._tcp.{NAME}", "SRV"),
                 lookup(port, protocol, f"no.{NAME}")]
        told = InsidePod(Local(tools(*EVERYTHING)), CLIENT).ask(asked)  # type: ignore[arg-type]
    assert [(reply.status, reply.values) for reply in told.values() if isinstance(reply, Resolved)] == [
        ("NOERROR", ("10.96.0.1",)), ("NOERROR", ()), ("NOERROR", (f"443 {NAME}",)), ("NXDOMAIN", ())]
    assert list(told) == asked


def test_what_does_not_fit_into_a_datagram_is_asked_again_over_tcp(tools: Callable[..., Path]) -> None:
    with name_server() as port:
        asked = [lookup(port, "UDP"), lookup(port, "UDP", f"many.{NAME}")]
        told = InsidePod(Local(tools(*EVERYTHING)), CLIENT).ask(asked)  # type: ignore[arg-type]
    assert [(question.protocol, reply.values) for question, reply in told.items()] == [("UDP", ("10.96.0.1",))] * 2  # type: ignore[union-attr]


def test_silence_costs_its_time_once_and_a_closed_port_none(tools: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with name_server(answering=False) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind((LOOPBACK, 0))
        closed = unused.getsockname()[1]
        unused.close()
        told = InsidePod(Local(tools(*EVERYTHING)), CLIENT).ask(  # type: ignore[arg-type]
            [lookup(port, "UDP"), lookup(port, "UDP", f"a.{NAME}"), lookup(closed, "UDP")])
    assert [reply.status for reply in told.values() if isinstance(reply, Resolved)] == ["SILENT", "SILENT", "CLOSED"]


def test_connections(tools: Callable[..., Path]) -> None:
    with socket.create_server((LOOPBACK, 0)) as listening, socket.create_server((LOOPBACK, 0)) as other:
        port, closed = listening.getsockname()[1], other.getsockname()[1]
        other.close()
        told = InsidePod(Local(tools(*EVERYTHING)), CLIENT).ask(  # type: ignore[arg-type]
            [DialFrom(CLIENT, LOOPBACK, port), DialFrom(CLIENT, LOOPBACK, closed)])
    assert list(told.values()) == [Dialled(True), Dialled(False, "connection refused")]


def test_a_container_without_a_shell(tools: Callable[..., Path]) -> None:
    (told,) = InsidePod(Local(tools("od")), CLIENT).ask([Look(CLIENT)]).values()  # type: ignore[arg-type]
    assert isinstance(told, Unknown) and told.withheld
    assert "not found" in told.detail and "has no shell" in told.unlock


def test_a_shell_without_tools_says_what_it_lacks(tools: Callable[..., Path]) -> None:
    local = Local(tools("sh"))
    look, asked, dialled = InsidePod(local, CLIENT).ask([Look(CLIENT), lookup(53, "UDP"), DialFrom(CLIENT, LOOPBACK, 80)]).values()  # type: ignore[arg-type]
    assert isinstance(look, Looked)
    assert isinstance(asked, Unknown) and asked.withheld and "has no bash, nc or nslookup" in asked.detail
    assert isinstance(dialled, Unknown) and "has no bash or nc" in dialled.detail
    assert local.ran == 1, "what cannot be asked is not tried"


@pytest.mark.parametrize("trouble, why", [(Forbidden("may not"), "forbidden"), (Unreachable("container not found"), "unreachable")])
def test_a_container_that_cannot_be_entered(trouble: Exception, why: str) -> None:
    class Shut:
        def execute(self, *words: object) -> None:
            raise trouble

    told = InsidePod(Shut(), CLIENT).ask([Look(CLIENT), lookup(53, "UDP")])  # type: ignore[arg-type]
    assert {reply.why for reply in told.values() if isinstance(reply, Unknown)} == {why}
    assert [reply.what for reply in told.values() if isinstance(reply, Unknown)] == [
        "what Pod client sees", "what 127.0.0.1 answers to Pod client over UDP"]


def test_resolv_conf_and_what_waits_for_an_answer() -> None:
    seen, have = shell.looked([
        "resolv # made by hand", "resolv search shop.svc.cluster.local  svc.cluster.local cluster.local", "resolv nameserver 10.96.0.10",
        "resolv nameserver fd00::a", "resolv options ndots:5 use-vc", "resolv", "tool bash", "tool nc",
        "knocking 0702F40A:1538", "knocking 0000000000000000FFFF00000702F40A:1538", "knocking 0000000000000000000000000100007F:0050", "knocking junk", "done",
    ])
    assert seen == Looked(("10.96.0.10", "fd00::a"), ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local"), 5, ("ndots:5", "use-vc"),
                          ("10.244.2.7:5432", "[::7f00:1]:80"))
    assert have == {"bash", "nc"}


def test_no_resolv_conf_at_all() -> None:
    assert shell.looked(["done"])[0] == Looked()


HEAD = "Server:\t\t10.96.0.10|Address:\t10.96.0.10:53||"


@pytest.mark.parametrize("text, kind, wanted", [
    (f"{HEAD}Name:\tweb.shop.svc.cluster.local|Address: 10.96.1.2|", "A", Resolved("NOERROR", ("10.96.1.2",), 0.1)),
    ("Server:\t\t10.96.0.10|Address:\t10.96.0.10#53||Name:\tweb.x|Address: 10.96.1.2|Name:\tweb.x|Address: 10.96.1.3||", "A",
     Resolved("NOERROR", ("10.96.1.2", "10.96.1.3"), 0.1)),
    (f"{HEAD}Name:\tweb.x|Address: fd00::1|", "AAAA", Resolved("NOERROR", ("fd00::1",), 0.1)),
    (f"{HEAD}Name:\tweb.x|Address: fd00::1|", "A", Resolved("NOERROR", (), 0.1)),
    (f"{HEAD}|", "AAAA", Resolved("NOERROR", (), 0.1)),
    (f"{HEAD}*** Can't find web.x: No answer||", "AAAA", Resolved("NOERROR", (), 0.1)),
    (f"{HEAD}** server can't find web.x: NXDOMAIN||", "A", Resolved("NXDOMAIN", (), 0.1)),
    (f"{HEAD}** server can't find web.x: SERVFAIL||", "A", Resolved("SERVFAIL", (), 0.1)),
    (f"{HEAD}_h._tcp.web.x\tservice = 0 50 80 a.web.x.|_h._tcp.web.x\tservice = 0 50 80 b.web.x||", "SRV",
     Resolved("NOERROR", ("80 a.web.x", "80 b.web.x"), 0.1)),
    (f"{HEAD}2.1.96.10.in-addr.arpa\tname = web.x.||", "PTR", Resolved("NOERROR", ("web.x",), 0.1)),
    (f"{HEAD}out.x\tcanonical name = Example.org|Name:\texample.org|Address: 192.0.2.1|", "CNAME", Resolved("NOERROR", ("example.org",), 0.1)),
    (f"{HEAD}out.x\tcanonical name = example.org|Name:\texample.org|Address: 192.0.2.1|", "A", Resolved("NOERROR", ("192.0.2.1",), 0.1)),
    (";; connection timed out; no servers could be reached||", "A", Resolved("SILENT", (), 0.1)),
    (";; communications error to 10.96.0.10#53: connection refused|;; no servers could be reached||", "A", Resolved("CLOSED", (), 0.1)),
    ("nslookup: unrecognized option '-type=A'|BusyBox v1.20||", "A", None),
    ("", "A", None),
])
def test_nslookup_of_bind_and_of_busybox(text: str, kind: str, wanted: Resolved | None) -> None:
    assert shell.from_nslookup(text, kind, 0.1) == wanted
