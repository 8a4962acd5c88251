"""Hosts that a text names: what a Pod's variables and arguments tell of whom it talks to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from kubectl_svcdoctor.model.log import MEMBER

# A host counts behind a scheme (`http://web/`), before a port (`web:80`), or as a name of the cluster (`web.shop.svc`, or `db-0.db` of a StatefulSet's
# Pod). A bare word may be a password.
_HOST = re.compile(
    r"(?:^|(?<=[\s,=;'\"(]))(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:[^\s/@,;]*@)?"
    r"(?P<host>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)\.?(?P<port>:[0-9]{1,5})?(?=[/,;\s?#'\")]|$)"
)


def hosts(text: str) -> Iterator[str]:
    """Each host that the text names, in order, without ports; addresses are not hosts."""
    return (found["host"] for found in _named(text))


def places(text: str) -> Iterator[tuple[int, int]]:
    """Where in the text those hosts stand, with the ports behind them."""
    return ((found.start("host"), found.end()) for found in _named(text))


def _named(text: str) -> Iterator[re.Match[str]]:
    for found in _HOST.finditer(text):
        host = found["host"]
        known = found["scheme"] or found["port"] or ".svc" in host or MEMBER.fullmatch(host)
        if known and not re.fullmatch(r"[0-9.]+", host):
            yield found


# Programs whose bare arguments are hosts, and clients that take one as an option.
_CALLERS = re.compile(r"(?:\S*/)?(?:nslookup|dig|host|getent|nc|ncat|netcat|curl|wget|ping6?|telnet|wait-for\S*|wait4x)")
_CLIENTS = re.compile(r"(?:\S*/)?(?:pg_isready|psql|redis-cli|valkey-cli|mysql|mysqladmin|mariadb|mariadb-admin|mongosh?|kcat)")
_VALUED = frozenset((
    "-o", "-O", "-H", "-d", "-X", "-u", "-A", "-e", "-b", "-w", "-m", "-c", "-T", "-t", "-p", "-i", "-W", "-s",
    "--output", "--header", "--data", "--request", "--user", "--max-time", "--timeout", "--retry"))
_NAME = re.compile(r"(?=[a-z0-9.-]*[a-z])[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\.?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|\((\w+)\)|(\w+))")
_SCRIPT = re.compile(r"\d*>+&?|[;&|()<\n]|[^\s;&|()<>]+")


def called(words: Sequence[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that a command, most often a shell script, calls by a program that looks names up or connects; each once, without ports.

    A word is a host as an argument of such a program and not as the value of an option: in `wget -O /app/config http://config/` Service app is not called.
    `variables` are the container's own.
    """
    text = [_VARIABLE.sub(lambda name: variables.get(name[1] or name[2] or name[3], ""), word) for word in words]
    tokens = [token.strip("'\"`$") for word in text for token in (_SCRIPT.findall(word) if " " in word.strip() else (word,))]
    return tuple(dict.fromkeys(host for host in _called(tokens)))


def _called(tokens: Sequence[str]) -> Iterator[str]:
    caller, before = "", ""
    for token in tokens:
        valued, before = before, token
        if not token or token == "--" or token in ";&|()<\n{}":
            caller = ""
        elif not caller:
            caller = "bare" if _CALLERS.fullmatch(token) else "option" if _CLIENTS.fullmatch(token) else ""
        elif caller == "option":
            named = token.partition("=")[2] if token.startswith("--host=") else token if valued in ("-h", "--host") else ""
            yield from _host(named)
        elif not token.startswith("-") and valued not in _VALUED and ">" not in valued + token:
            yield from _host(token)


def _host(word: str) -> Iterator[str]:
    """The host of one argument: a URL, `host:port`, or a bare name, with a path behind it or not."""
    found = list(hosts(word))
    bare = word.partition("/")[0].rstrip(".")
    if found:
        yield from found
    elif _NAME.fullmatch(bare) and bare not in ("hosts", "ahosts", "ahostsv4", "ahostsv6"):
        yield bare
