"""What a POSIX shell in a container is told to do, for images of every kind, and how its words are read.

Nothing is written to the container's files and nothing is installed there. DNS messages travel as octal escapes there and as hexadecimal
digits back, over bash's /dev/udp and /dev/tcp or netcat; where neither can, over nslookup, whose output BIND's and busybox's share.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kubectl_svcdoctor.model.questions import DialFrom, Looked, LookupFrom, Resolved

if TYPE_CHECKING:
    from dns.message import Message

SECONDS = 3
TOOLS = ("bash", "nc", "nslookup", "od", "dd", "tr", "timeout")
# The kernel's number for a connection that was asked for and not answered (include/net/tcp_states.h).
SYN_SENT = "02"
LOOK = f"""
while IFS= read -r line || [ -n "$line" ]; do echo "resolv $line"; done < /etc/resolv.conf
for tool in {' '.join(TOOLS)}; do command -v "$tool" > /dev/null 2>&1 && echo "tool $tool"; done
case "$(nc -h 2>&1; nc --help 2>&1)" in *[!a-z-]-u[!a-z]*) echo "tool nc-udp";; esac
for file in /proc/net/tcp /proc/net/tcp6; do
  while read -r place near far state rest; do [ "$state" = {SYN_SENT} ] && echo "knocking $far"; done < "$file"
done 2> /dev/null
echo done
"""
# Each writes the number of a question and what was heard, be it an answer or a tool's complaint: one line, written at once, so that lines do not mix.
_BASH = rf"""ask() {{
  told=$(timeout {SECONDS} bash -c 'exec 3<>"/dev/$0/$1/$2" || exit; printf "$3" | dd ibs=1 obs=4096 2> /dev/null >&3; dd bs=65535 count=1 <&3' \
    "$2" "$3" "$4" "$5" 2>&1 | od -An -v -tx1 | tr -d ' \n')
  echo "$1 $told"
}}
"""
# Netcat stays after the answer, so its first words are taken and it is not waited for.
_NETCAT = rf"""heard() {{ told=$(dd bs=65535 count=1 2> /dev/null | od -An -v -tx1 | tr -d ' \n'); echo "$1 $told"; }}
ask() {{
  udp=; [ "$2" = udp ] && udp=-u
  {{ printf "$5"; [ "$2" = tcp ] && sleep 1; }} | timeout {SECONDS} nc $udp -w {SECONDS} "$3" "$4" 2>&1 | heard "$1"
}}
"""
_NSLOOKUP = rf"""ask() {{
  told=$(timeout {SECONDS} nslookup -timeout={SECONDS - 1} -retry=1 "-type=$5" "$4." "$3" 2>&1 | tr '\n' '|')
  echo "$1 $told"
}}
"""
_DIAL = r"""dial() {
  words=$(%s); status=$?
  echo "$1 $status $(echo "$words" | tr '\n' ' ')"
}
"""
_DIAL_BASH = _DIAL % rf"""timeout {SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1"""
_DIAL_NETCAT = _DIAL % rf"""timeout {SECONDS} nc -w {SECONDS - 1} "$2" "$3" < /dev/null 2>&1 > /dev/null"""
REFUSED = re.compile(r"refused", re.IGNORECASE)
# As resolvers limit it (RES_MAXNDOTS of glibc and musl).
MOST_NDOTS = 15
_NDOTS = re.compile(r"ndots:([0-9]{1,9})")
_SOCKET = re.compile(r"(?P<address>[0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):(?P<port>[0-9A-Fa-f]{4})")
_KILLED = (124, 137, 143)
_ANSWER = re.compile(
    r"^Address(?: \d+)?:\s*(?P<address>\S+)|\tservice = \d+ \d+ (?P<port>\d+) (?P<target>\S+)"
    r"|name = (?P<name>\S+)|canonical name = (?P<alias>\S+)")
_FAILED = re.compile(r"\*\* server can't find \S+ (?P<status>[A-Z]+)")


def way(tools: Iterable[str], protocol: str) -> str:
    """`bash`, `nc`, `nslookup`: by which a DNS message can be sent; empty for none."""
    have = set(tools)
    exact = {"od", "dd", "tr", "timeout"} <= have
    if exact and "bash" in have:
        return "bash"
    if exact and ("nc-udp" if protocol == "UDP" else "nc") in have:
        return "nc"
    return "nslookup" if protocol == "UDP" and {"nslookup", "tr", "timeout"} <= have else ""


def dial_way(tools: Iterable[str]) -> str:
    """By which a connection can be tried; empty for none."""
    have = set(tools)
    if not {"timeout", "tr"} <= have:
        return ""
    return "bash" if "bash" in have else "nc" if "nc" in have else ""


def command(chosen: str, script: str) -> list[str]:
    return ["bash" if chosen == "bash" else "sh", "-c", script]


def asking(lookups: Sequence[LookupFrom], queries: Sequence[Message], chosen: str) -> str:
    """A script that asks everything at once and writes `NUMBER HEX` for each answer, or nslookup's lines with `|` for their ends."""
    lines = [{"bash": _BASH, "nc": _NETCAT, "nslookup": _NSLOOKUP}[chosen], "echo go"]
    for number, (lookup, query) in enumerate(zip(lookups, queries, strict=True)):
        if chosen == "nslookup":
            words = [str(number), "udp", lookup.address, lookup.name, lookup.type]
        else:
            wire = query.to_wire()
            whole = wire if lookup.protocol == "UDP" else len(wire).to_bytes(2, "big") + wire
            words = [str(number), lookup.protocol.lower(), lookup.address, str(lookup.port), "".join(f"\\{octet:03o}" for octet in whole)]
        lines.append(f"ask {' '.join(map(shlex.quote, words))} &")
    return "\n".join([*lines, "wait"])


def dialling(dials: Sequence[DialFrom], chosen: str) -> str:
    """A script that tries all connections at once and writes `NUMBER EXIT-STATUS WORDS` for each."""
    lines = [_DIAL_BASH if chosen == "bash" else _DIAL_NETCAT]
    lines += [f"dial {number} {shlex.quote(dial.address)} {dial.port} &" for number, dial in enumerate(dials)]
    return "\n".join([*lines, "wait"])


def open_by(status: int, chosen: str) -> bool:
    """Whether the connection came about: netcat is killed while it talks, bash's redirection while it still waits for an answer."""
    return status == 0 or (chosen == "nc" and status in _KILLED)


def looked(lines: Iterable[str]) -> tuple[Looked, frozenset[str]]:
    """resolv.conf(5) and what else was seen, and the tools that there are."""
    told: dict[str, list[str]] = {"resolv": [], "tool": [], "knocking": []}
    for line in lines:
        kind, _, rest = line.partition(" ")
        told.get(kind, []).append(rest)
    knocking = tuple(dict.fromkeys(filter(None, map(connection, told["knocking"]))))
    return replace(resolv_conf(told["resolv"]), knocking=knocking), frozenset(told["tool"])


def resolv_conf(lines: Iterable[str]) -> Looked:
    """resolv.conf(5) as resolvers read it, whatever stands in it: of `search` and `domain` the last line counts, and a nameserver that is no address is
    passed over where another is one."""
    nameservers: list[str] = []
    searches: tuple[str, ...] = ()
    options: list[str] = []
    for line in lines:
        words = line.partition("#")[0].partition(";")[0].split()
        if words[:1] == ["nameserver"]:
            nameservers += words[1:2]
        elif words[:1] in (["search"], ["domain"]):
            searches = tuple(word.rstrip(".").lower() for word in words[1:])
        elif words[:1] == ["options"]:
            options += words[1:]
    ndots = [int(found[1]) for word in options if (found := _NDOTS.fullmatch(word))]
    addresses = tuple(word for word in nameservers if is_address(word))
    return Looked(addresses or tuple(nameservers), searches, min(ndots[-1], MOST_NDOTS) if ndots else 1, tuple(options))


def is_address(word: str) -> bool:
    """Whether a word of resolv.conf names a server: by its address, never by a name."""
    import ipaddress

    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def connection(text: str) -> str:
    """`0107F40A:1538` of /proc/net/tcp as `10.244.7.1:5432`: words of four octets in the machine's order; empty for what is none."""
    import ipaddress

    found = _SOCKET.fullmatch(text)
    if found is None:
        return ""
    octets = bytes.fromhex(found["address"])
    address = ipaddress.ip_address(b"".join(octets[place:place + 4][::-1] for place in range(0, len(octets), 4)))
    mapped = getattr(address, "ipv4_mapped", None) or address
    port = int(found["port"], 16)
    return f"{mapped}:{port}" if mapped.version == 4 else f"[{mapped}]:{port}"


def from_nslookup(text: str, kind: str, seconds: float) -> Resolved | None:
    """The answer in nslookup's words to a question for one type; None for words that are none. The first address is the server's own."""
    lines = text.split("|")
    if "connection refused" in text.lower():
        return Resolved("CLOSED", seconds=seconds)
    if "timed out" in text or "no servers could be reached" in text:
        return Resolved("SILENT", seconds=seconds)
    failed = _FAILED.search(text)
    if failed:
        return Resolved(failed["status"], (), seconds)
    body = lines[next((place for place, line in enumerate(lines) if not line.strip()), len(lines)):]
    found = [match for line in body if (match := _ANSWER.search(line.strip() if "Address" in line else line))]
    if not found and "No answer" not in text and not text.startswith("Server:"):
        return None  # busybox says nothing at all where a name has no such record
    return Resolved("NOERROR", tuple(filter(None, (_value(match, kind) for match in found))), seconds)


def _value(match: re.Match[str], kind: str) -> str:
    """The record as `Resolved` has it; empty for one of another type."""
    if kind in ("A", "AAAA"):
        address = match["address"] or ""
        return address if (":" in address) is (kind == "AAAA") else ""
    if kind == "SRV":
        return f"{match['port']} {match['target'].rstrip('.').lower()}" if match["target"] else ""
    return (match["name" if kind == "PTR" else "alias"] or "").rstrip(".").lower()


def refusal(words: str, seconds: float) -> str:
    """Why a connection did not come about, in few words; empty where the tool itself failed. Some netcats say nothing: the time tells then."""
    said = words.strip()
    if REFUSED.search(said) or (not said and seconds < SECONDS - 1.5):
        return "connection refused"
    if not said or "timed out" in said:
        return "no answer"
    return said.rpartition(": ")[2] if "unreachable" in said or "No route" in said else ""
