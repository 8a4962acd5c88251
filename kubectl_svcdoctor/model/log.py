"""Lines of logs that tell something, and all that a recording keeps of a log: applications write much into theirs that is nobody's business."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Of CoreDNS: when it forwards to itself, may not read (client-go's reflector), and cannot read its configuration (caddyfile).
LOOP = re.compile(r"Loop \(.*\) detected")
FORBIDDEN = re.compile(r'.*is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"')
UNPARSABLE = re.compile(r"(?:.*plugin/[\w-]+: )?.*(?:Corefile:\d+|Unknown directive|Error during parsing|Wrong argument count).*")

# The value that the kubelet gives to the variable `<SERVICE>_PORT`.
LINK = re.compile(r"(?<!\w)(?:tcp|udp|sctp)://(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}(?!\w)")

# The DNS name of a StatefulSet's Pod: its name, which ends in a number, and its Service's.
MEMBER = re.compile(r"(?<![\w.-])[a-z0-9](?:[-a-z0-9]*[a-z0-9])?-\d+(?:\.[a-z](?:[-a-z0-9]*[a-z0-9])?)+(?![\w-])")

_NUMBER = r"(?:\w+\.)*(?:u?int(?:eger)?\d*|i64|number|numeric|digits?)\b"
_NUMERIC = rf"(?:{_NUMBER}|(?:\w*_)?port\b|literal\b|syntax\b)"
_SETTING = (r"(?:value|literal|string|input|argument|option|parameter|setting|property|field|flag|environment|env|variable|config\w*"
            r"|listen|http|tcp|server|for|the|of|in|a|an|type)")
_MISREAD = re.compile(
    "|".join((
        rf"\b(?:invalid|illegal|bad|wrong|malformed|incorrect)\W+(?:{_SETTING}\W+){{0,4}}?{_NUMERIC}",
        rf"\bnot\W+(?:(?:in|a|an|valid|correct|legal|proper)\W+){{0,4}}?(?:{_NUMERIC}|format\b)",
        rf"\b(?:must|should|expect(?:s|ed)?)\W+(?:(?:to|be|a|an|in|of|the|valid|type)\W+){{0,5}}?{_NUMBER}",
        r"\bport\W+(?:argument\W+)?(?:must|should) be\b",
        rf"\b(?:fail|error|cannot|can't|could ?n[o']t|unable)\w*\b.*?\bpars(?:e|ed|ing)\W+"
        rf"(?:(?:a|the|http|listen|server)\W+){{0,3}}?(?:{_NUMBER}|(?:\w*_)?port\b)",
        rf"\b(?:fail|cannot|can't|could ?n[o']t|unable|error)\w*\b.*?\b(?:pars|convert|cast|coerc|interpret|decod|unmarshal)\w*\b.*?"
        rf"\b(?:to|into|as|type)\W+(?:(?:a|an|the|type|valid)\W+){{0,3}}?{_NUMBER}",
        rf"\bconverting\b.*?\bto\W+type\W+{_NUMBER}",
        r"strconv\.\w+: parsing", r"NumberFormatException", r"FormatException", r"ParseIntError", r"ERR_SOCKET_BAD_PORT",
        r"too many colons in address", r"unknown (?:port|suffix)\b", r"LINK\W*parse error", r"\blisten E[A-Z]{4,}\b", r"(?-i:\bNaN\b)",
    )), re.IGNORECASE)
# A container that only remarks on the value and goes on, and what it may have ended of afterwards.
_SHRUGGED = re.compile(r"\b(?:warn(?:ing)?|ignor\w+|skip\w*|default(?:s|ed|ing)?|fall(?:s|ing)? ?back|fallback|instead|debug)\b", re.IGNORECASE)
_ANOTHER_END = re.compile(
    r"connection (?:refused|reset)|ECONNREFUSED|ENOTFOUND|timed? ?out|deadline exceeded|permission denied|no such (?:file|host)|unreachable"
    r"|authentication failed|out of memory|segmentation fault|^panic:|^Traceback", re.IGNORECASE)
# What resolvers say of a name that does not exist: Go, glibc, musl, busybox, the JVM, Node.js, nslookup.
_NO_SUCH_NAME = re.compile(
    r"no such host|Name or service not known|Name does not resolve|could not translate host name|UnknownHost|unknown host|ENOTFOUND|bad address|NXDOMAIN"
    r"|Non-existent domain|can(?:'t|not) (?:resolve|find)|could ?n[o']t (?:be )?resolve|(?:unable|failed) to resolve|nodename nor servname", re.IGNORECASE)
# The host that such a complaint is about, where it stands at a place of its own: a bare word beside it may be a program or a function.
_HOST = r"([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)(?![\w-])"
MISSING_NAME = tuple(re.compile(pattern + _HOST + after) for pattern, after in (
    (r"(?:ENOTFOUND|[Bb]ad address|[Uu]nknown host:?|UnknownHostException:|server can't find) [\"']?", ""),
    (r"\blookup (?!failed\b)", r"(?: on \S+)?: no such host"),
    (r"(?:can(?:'t|not)|[Cc]ould ?n[o']t|[Uu]nable to|[Ff]ailed to) (?:resolve|translate)(?: host(?: ?name)?:? [\"']?|(?: name| address)? [\"'])", ""),
    (r"[\"']?(?=[a-z0-9-]+\.)", r"[\"']?: (?:Name or service not known|Name does not resolve|nodename nor servname)"),
))
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_USER = re.compile(r"(?<=://)[^\s/@]+(?=@)")


def misreadings(text: str) -> Iterator[tuple[str, str]]:
    """Each complaint of a Service's URL where a number was expected, after which no other reason to end is told: that URL, and the line around it.

    The line is at most 200 characters long and without credentials in URLs.
    """
    lines = _plain(text)
    for place, line in enumerate(lines):
        if _misread(line) and not any(_ANOTHER_END.search(later) for later in lines[place + 1:] if not LINK.search(later)):
            yield LINK.findall(line)[0], _around(line)


def complains(text: str) -> bool:
    """Whether the text says of any name that it does not exist."""
    return bool(_NO_SUCH_NAME.search(text))


def missing_names(text: str) -> Iterator[str]:
    """The hosts of which the text says that they do not exist; each once."""
    lines = [line for line in _plain(text) if complains(line)]
    found = (name for line in lines for pattern in MISSING_NAME for name in pattern.findall(line))
    yield from dict.fromkeys(name for name in found if not re.fullmatch(r"[0-9.]+", name))


def unresolved(text: str, names: Iterable[str]) -> Iterator[str]:
    """Each of these names that a line of the log says cannot be looked up."""
    complaints = [line for line in _plain(text) if _NO_SUCH_NAME.search(line)]
    yield from (name for name in names if any(_whole(name).search(line) for line in complaints))


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", re.IGNORECASE)


def telling(text: str) -> str:
    """The text without all but what is read out of it, such that the same is read out of what is left."""
    kept = []
    for line in _plain(text):
        other = _ANOTHER_END.search(line)
        missing = _NO_SUCH_NAME.search(line)
        if LOOP.search(line) or FORBIDDEN.match(line) or UNPARSABLE.fullmatch(line) or _misread(line):
            kept.append(line)
        elif missing and MEMBER.search(line) and not LINK.search(line):
            kept.append(" ".join((*((other[0],) if other else ()), missing[0], *MEMBER.findall(line))))
        elif other and not LINK.search(line):
            kept.append(other[0])
    return "\n".join(kept)


def _plain(text: str) -> list[str]:
    return [_USER.sub("…", _COLOUR.sub("", line)).strip() for line in text.splitlines()]


def _misread(line: str) -> bool:
    """Whether the line complains of one such URL; one that tells of several is a list of them."""
    links = set(LINK.findall(line))
    if len(links) != 1:
        return False
    before, _, after = LINK.sub("LINK", line).partition("LINK")
    words = f"{before[-200:]}LINK{after[:200]}"
    return bool(_MISREAD.search(words)) and not _SHRUGGED.search(words)


def _around(line: str, most: int = 200) -> str:
    found = LINK.search(line)
    start = max(0, found.end() + 40 - most) if found and len(line) > most else 0
    return ("…" if start else "") + line[start + bool(start):start + most]
