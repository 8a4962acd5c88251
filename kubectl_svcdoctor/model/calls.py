"""What a command, most often a shell script, calls: the hosts that it looks up or connects to, and the ports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kubectl_svcdoctor.model.mentions import hosts

# Programs whose bare arguments are hosts: those that only look a name up, and those that connect; and clients that take a host as an option.
_LOOKUPS = re.compile(r"(?:\S*/)?(?:nslookup|dig|host|getent)")
_CALLERS = re.compile(r"(?:\S*/)?(?:nc|ncat|netcat|curl|wget|ping6?|telnet|wait-for\S*|wait4x)")
_CLIENTS = re.compile(r"(?:\S*/)?(?:pg_isready|psql|redis-cli|valkey-cli|mysql|mysqladmin|mariadb|mariadb-admin|mongosh?|kcat)")
_TAKES_PORT = re.compile(r"(?:\S*/)?(?:nc|ncat|netcat|telnet)")
_VALUED = frozenset((
    "-o", "-O", "-H", "-d", "-X", "-u", "-A", "-e", "-b", "-w", "-m", "-c", "-T", "-t", "-p", "-i", "-W", "-s",
    "--output", "--header", "--data", "--request", "--user", "--max-time", "--timeout", "--retry"))
# Of those the ones that these programs know as flags without a value: `curl -s http://config/`.
_FLAGS = {"curl": frozenset(("-s", "-i", "-p")), "wget": frozenset(("-c", "-d", "-p", "-s"))}
_NAME = re.compile(r"(?=[a-z0-9.-]*[a-z])[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\.?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|\((\w+)\)|(\w+))")
_SCRIPT = re.compile(r"\d*>+&?|[;&|()<\n]|[^\s;&|()<>]+")
# `for name in db cache; do`, and `name=db`: the shell's own variables.
_ASSIGNED = re.compile(
    r"(?:^|(?<=[\s;&|(]))(?:for\s+(?P<each>[A-Za-z_]\w*)\s+in\s(?P<values>[^;\n]*)|(?P<name>[A-Za-z_]\w*)=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|()]*))")
_PORTS = {"http": 80, "https": 443}
_SEPARATORS = frozenset(";&|()<\n{}")


class Call(NamedTuple):
    """A host that is called. `port` is 0 where the command does not tell it; `lookup`: the name is looked up and nothing more."""

    host: str
    port: int = 0
    lookup: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


def called(words: Sequence[str], variables: Mapping[str, str]) -> tuple[Call, ...]:
    """What is called by programs that look names up or connect, in the order of the command; each once.

    A word is a host as an argument of such a program and not as the value of an option: in `wget -O /app/config http://config/` Service app is not called.
    `variables` are the container's own; those that the script sets itself come before them.
    """
    known = _set(words, variables)
    text = [_filled(word, known) for word in words]
    tokens = [token.strip("'\"`$") for word in text for token in (_SCRIPT.findall(word) if " " in word.strip() else (word,))]
    return tuple(dict.fromkeys(call for line in _commands(tokens) for call in _calls(line[0], line[1:])))


def assigned(words: Sequence[str]) -> frozenset[str]:
    """The names of the variables that a script sets and reads."""
    used = {next(filter(None, found.groups())) for word in words for found in _VARIABLE.finditer(word)}
    return frozenset(used & {found["each"] or found["name"] for word in words for found in _ASSIGNED.finditer(word)})


def _set(words: Sequence[str], variables: Mapping[str, str]) -> dict[str, str]:
    """The variables with those that the script sets; one that stands for several values has all of them."""
    known = dict(variables)
    for word in words:
        for found in _ASSIGNED.finditer(word):
            value = found["values"] if found["each"] else found["value"].strip("'\"")
            known[found["each"] or found["name"]] = _filled(value, known)
    return known


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda name: variables.get(name[1] or name[2] or name[3], ""), text)


def _commands(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Each command of such a program with its arguments."""
    line: list[str] = []
    for before, token in zip(("", *tokens), tokens, strict=False):
        if not token or token == "--" or token in _SEPARATORS:
            yield from (line,) if line else ()
            line = []
        elif line or (before != "for" and any(kind.fullmatch(token) for kind in (_LOOKUPS, _CALLERS, _CLIENTS))):
            line.append(token)
    yield from (line,) if line else ()


def _calls(program: str, arguments: Sequence[str]) -> Iterator[Call]:
    lookup = bool(_LOOKUPS.fullmatch(program))
    found = list(_options(program, arguments) if _CLIENTS.fullmatch(program) else _bare(program, arguments))
    port = _port(program, arguments)
    yield from (call._replace(port=0 if lookup else call.port or port, lookup=lookup) for call in found)


def _options(program: str, arguments: Sequence[str]) -> Iterator[Call]:
    for before, token in zip((program, *arguments), arguments, strict=False):
        named = token.partition("=")[2] if token.startswith("--host=") else token if before in ("-h", "--host") else ""
        yield from _host(named)


def _bare(program: str, arguments: Sequence[str]) -> Iterator[Call]:
    valued = _VALUED - _FLAGS.get(program.rpartition("/")[2], frozenset())
    for before, token in zip(("", *arguments), arguments, strict=False):
        if not token.startswith("-") and before not in valued and ">" not in before + token:
            yield from _host(token)


def _port(program: str, arguments: Sequence[str]) -> int:
    """The TCP port that the arguments tell by themselves: behind the host, or as an option of a client."""
    pairs = list(zip((program, *arguments), arguments, strict=False))
    if _CLIENTS.fullmatch(program):
        option = "-P" if "mysql" in program or "mariadb" in program else "-p"
        told = [token.partition("=")[2] if token.startswith("--port=") else token for before, token in pairs
                if token.startswith("--port=") or before in (option, "--port")]
    elif _TAKES_PORT.fullmatch(program) and not any(re.fullmatch(r"-\w*u\w*|--udp", token) for token in arguments):
        told = [token for before, token in pairs if before not in _VALUED]
    else:
        told = []
    return next((int(token) for token in told if re.fullmatch(r"[1-9][0-9]{0,4}", token)), 0)


def _host(word: str) -> Iterator[Call]:
    """The host of one argument: a URL, `host:port`, or a bare name, with a path behind it or not."""
    found = list(hosts(word))
    bare = word.partition("/")[0].rstrip(".")
    if found:
        yield from (Call(host, _told(word, host)) for host in found)
    elif _NAME.fullmatch(bare) and bare not in ("hosts", "ahosts", "ahostsv4", "ahostsv6"):
        yield Call(bare)


def _told(word: str, host: str) -> int:
    """The port that stands behind the host, or that its scheme means."""
    scheme, number = re.search(rf"(?:([a-z]+)://)?(?:[^\s/@]*@)?{re.escape(host)}\.?(?::([0-9]{{1,5}}))?", word, re.ASCII).groups()  # type: ignore[union-attr]
    return int(number) if number else _PORTS.get(scheme or "", 0)
