"""What DNS servers answer, asked over TCP (RFC 7766) through a port-forward into each server's Pod.

All queries of one server go out at once on one connection and are matched by their ids, so that a server that does not answer costs its
time-out once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from kubectl_svcdoctor.collect.connection import Connection, TimedOut
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.dns import is_name
from kubectl_svcdoctor.model.questions import Lookup, LookupFrom, Resolved, Server
from kubectl_svcdoctor.model.register import Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe.asking import Means, answers
from kubectl_svcdoctor.probe.listening import unanswered, untold

if TYPE_CHECKING:
    from dns.message import Message

    from kubectl_svcdoctor.collect.connection.portforward import ForwardedSocket

L = TypeVar("L", Lookup, LookupFrom)
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 3.0


@answers(Lookup)
def resolved_there(means: Means, lookups: Sequence[Lookup]) -> Mapping[Lookup, Reply]:
    """A batch is one server's."""
    return replies(means.connection, lookups)


def replies(connection: Connection, lookups: Sequence[Lookup]) -> Mapping[Lookup, Reply]:
    """The replies of one server; every lookup names the same one."""
    server, strange = lookups[0].server, unaskable(lookups)
    return strange | _asked(connection, server, [lookup for lookup in lookups if lookup not in strange])


def _asked(connection: Connection, server: Server, lookups: Sequence[Lookup]) -> dict[Lookup, Reply]:
    if not lookups:
        return {}
    try:
        with connection.port_forward(server.namespace, server.pod, server.port, CONNECT_SECONDS) as forwarded:
            found = _answers(forwarded, lookups)
            words = forwarded.error
    except TimedOut:
        return {lookup: untold(lookup, unanswered(f"the kubelet of node {server.node}", CONNECT_SECONDS)) for lookup in lookups}
    except UserError as trouble:
        return {lookup: untold(lookup, trouble.message) for lookup in lookups}
    if words and not found:
        # Nothing accepts connections on the loopback: a server that is bound to one address looks the same as one that is dead.
        return {lookup: untold(lookup, words) for lookup in lookups}
    return {lookup: found.get(lookup, Resolved("SILENT", seconds=ANSWER_SECONDS)) for lookup in lookups}


def _answers(forwarded: ForwardedSocket, lookups: Sequence[Lookup]) -> dict[Lookup, Resolved]:
    """Whatever came before the deadline or the end of the stream."""
    import dns.exception
    import dns.query

    forwarded.setblocking(False)  # or dnspython's deadline would wait for a server that hangs
    began, deadline = time.monotonic(), time.time() + ANSWER_SECONDS
    queries = {query.id: (query, lookup) for query, lookup in ((_query(lookup, number), lookup) for number, lookup in enumerate(lookups))}
    found: dict[Lookup, Resolved] = {}
    with contextlib.suppress(OSError, EOFError, dns.exception.DNSException):  # what was sent before the end may have been answered
        for query, _ in queries.values():
            dns.query.send_tcp(forwarded, query, deadline)
    with contextlib.suppress(OSError, EOFError, dns.exception.DNSException):
        while len(found) < len(lookups):
            answer, _ = dns.query.receive_tcp(forwarded, deadline, ignore_trailing=True)
            _, lookup = queries.get(answer.id, (None, None))
            if lookup is not None:
                found[lookup] = resolved(answer, lookup.type, time.monotonic() - began)
    return found


def _query(lookup: Lookup, number: int) -> Message:
    import dns.message
    import dns.name

    # EDNS tells the server that a large answer is welcome; the id is ours to choose on a connection of our own.
    return dns.message.make_query(dns.name.from_text(lookup.name), lookup.type, use_edns=0, payload=4096, id=number + 1)


def unaskable(lookups: Iterable[L]) -> dict[L, Unknown]:
    """Those that no resolver would send, since the name is none in DNS, with why."""
    return {lookup: Unknown(lookup.what, "malformed", f"{lookup.name!r} is no name that DNS can be asked for", "correct the name")
            for lookup in lookups if not is_name(lookup.name)}


def resolved(answer: Message, wanted: str, seconds: float) -> Resolved:
    """A DNS message as the reply to a question for one type."""
    import dns.rcode
    import dns.rdatatype

    kind = dns.rdatatype.from_text(wanted)
    rows = [record for rrset in answer.answer for record in rrset if rrset.rdtype == kind]
    return Resolved(dns.rcode.to_text(answer.rcode()), tuple(map(value, rows)), round(seconds, 3), len(answer.to_wire()))


def value(record: object) -> str:
    """A record as a report shows it: `10.96.0.10`, `web.shop.svc.cluster.local`, `80 web.shop.svc.cluster.local` for SRV."""
    port, target = getattr(record, "port", None), getattr(record, "target", None)
    if target is None:
        strings = getattr(record, "strings", None)
        return b"".join(strings).decode(errors="replace") if strings else str(record)
    name = str(target).rstrip(".").lower()
    return name if port is None else f"{port} {name}"
