"""Questions asked from inside of a Pod, by running a shell in one of its containers. Only what --from names is entered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kubectl_svcdoctor.collect.connection import Connection, Forbidden, TimedOut
from kubectl_svcdoctor.collect.connection.execution import Execution
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.access import EXEC
from kubectl_svcdoctor.model.questions import DialFrom, Dialled, Inside, Look, LookupFrom, Resolved
from kubectl_svcdoctor.model.register import Question, Reply
from kubectl_svcdoctor.model.snapshot import Unknown
from kubectl_svcdoctor.probe import shell
from kubectl_svcdoctor.probe.asking import Means, answers
from kubectl_svcdoctor.probe.beside import beside
from kubectl_svcdoctor.probe.listening import unanswered
from kubectl_svcdoctor.probe.name_servers import resolved, unaskable

Asked = Look | LookupFrom | DialFrom
START_SECONDS = 5.0
# What the shell needs besides the time that each question has.
MARGIN = 2.0
# Stands for an answer that did not fit into a datagram.
TRUNCATED = Resolved("TRUNCATED")
NO_SHELL = ("executable file not found", "no such file or directory", "stat /bin/sh")


@answers(Look, LookupFrom, DialFrom)
def asked_inside(means: Means, questions: Sequence[Asked]) -> Mapping[Question, Reply]:
    """A batch is one container's."""
    vantage = questions[0].vantage
    entered: InsidePod = means.kept.setdefault(vantage, InsidePod(means.connection, vantage))
    told = entered.ask(questions)
    if not (entered.without_shell and means.image):
        return told
    beside_it = means.kept.get((vantage, "beside"))
    if beside_it is None:
        other = beside(means.connection, vantage, means.image, means.ending)
        beside_it = means.kept[vantage, "beside"] = other if isinstance(other, Unknown) else InsidePod(means.connection, other)
    if isinstance(beside_it, Unknown):
        return {question: Unknown(question.what, beside_it.why, beside_it.detail, beside_it.unlock) for question in questions}
    # Whichever container of the Pod asks, it is the Pod that sees it.
    return dict(zip(questions, beside_it.replies(questions), strict=True))


class InsidePod:
    """Asks from one container. What tools it has is found out by the first question and kept."""

    def __init__(self, connection: Connection, vantage: Inside) -> None:
        self._connection, self._vantage = connection, vantage
        self._tools: frozenset[str] | None = None
        self._seen: Reply | None = None

    def ask(self, questions: Sequence[Asked]) -> Mapping[Question, Reply]:
        """A reply for each question; an Unknown where the container could not be entered or has not the tools."""
        seen = self._look()
        if isinstance(seen, Unknown):
            return {question: Unknown(question.what, seen.why, seen.detail, seen.unlock) for question in questions}
        found: dict[Question, Reply] = {question: seen for question in questions if isinstance(question, Look)}
        for protocol in ("UDP", "TCP"):
            found |= self._lookups([question for question in questions if isinstance(question, LookupFrom) and question.protocol == protocol], protocol)
        return found | self._dials([question for question in questions if isinstance(question, DialFrom)])

    def replies(self, questions: Sequence[Asked]) -> Iterator[Reply]:
        """The replies to the same questions as put to this container, in their order."""
        mine = [replace(question, vantage=self._vantage) for question in questions]
        told = self.ask(mine)
        return (told[question] for question in mine)

    @property
    def without_shell(self) -> bool:
        """Whether it is known that the container's image has no shell."""
        return isinstance(self._seen, Unknown) and any(sign in self._seen.detail for sign in NO_SHELL)

    def _look(self) -> Reply:
        if self._seen is None:
            try:
                with self._run(["sh", "-c", shell.LOOK]) as running:
                    lines = list(running.lines(START_SECONDS))
                    words = running.words or running.errors
                whole = lines[-1:] == ["done"]
                if whole:
                    self._seen, self._tools = shell.looked(lines)
                else:
                    self._seen = self._unseen(words or "the shell said nothing")
            except UserError as trouble:
                self._seen = self._unseen(trouble.message, trouble)
        return self._seen

    def _unseen(self, words: str, trouble: UserError | None = None) -> Unknown:
        vantage = self._vantage
        why = "forbidden" if isinstance(trouble, Forbidden) else "timeout" if isinstance(trouble, TimedOut) else "unreachable"
        if why == "forbidden":
            unlock = f"ask for {EXEC}: {EXEC.asked(vantage.namespace)}"
        elif any(sign in words for sign in NO_SHELL):
            unlock = ("its image has no shell; give --from another Pod, --from cluster, or --probe-image IMAGE, which starts an ephemeral container in the Pod "
                      "whose entry stays there until the Pod is recreated")
        else:
            words = unanswered(f"the kubelet of node {vantage.node}", START_SECONDS) if why == "timeout" else words
            unlock = f"see whether this works: kubectl -n {vantage.namespace} exec {vantage.pod} -c {vantage.container} -- sh -c true"
        return Unknown(f"what Pod {vantage.pod} sees", why, words, unlock)

    def _run(self, command: list[str]) -> Execution:
        vantage = self._vantage
        return self._connection.execute(vantage.namespace, vantage.pod, vantage.container, command, START_SECONDS)

    def _lookups(self, lookups: Sequence[LookupFrom], protocol: str) -> dict[Question, Reply]:
        """The replies over one protocol. What does not fit into a datagram is asked again over TCP, as resolvers do (RFC 7766, section 5)."""
        chosen = shell.way(self._tools or (), protocol)
        if not lookups:
            return {}
        if not chosen:
            return {lookup: self._without_tools(lookup, "bash, nc or nslookup" if protocol == "UDP" else "bash or nc") for lookup in lookups}
        strange = unaskable(lookups) | _nowhere(lookups)
        return dict(strange) | self._sent([lookup for lookup in lookups if lookup not in strange], chosen)

    def _sent(self, lookups: Sequence[LookupFrom], chosen: str) -> dict[Question, Reply]:
        if not lookups:
            return {}
        try:
            found = self._told(lookups, chosen)
            cut = [lookup for lookup, reply in found.items() if reply is TRUNCATED]
            whole = self._lookups([replace(lookup, protocol="TCP") for lookup in cut], "TCP")
        except UserError as trouble:
            return {lookup: self._unseen(trouble.message, trouble) for lookup in lookups}
        found |= {lookup: whole[replace(lookup, protocol="TCP")] for lookup in cut}
        return {lookup: found.get(lookup, Resolved("SILENT", seconds=float(shell.SECONDS))) for lookup in lookups}

    def _told(self, lookups: Sequence[LookupFrom], chosen: str) -> dict[LookupFrom, Reply]:
        """What came back in time."""
        import dns.message
        import dns.name

        queries = [dns.message.make_query(dns.name.from_text(lookup.name), lookup.type, use_edns=0, payload=1232) for lookup in lookups]
        found: dict[LookupFrom, Reply] = {}
        for number, words, seconds in self._answers(shell.command(chosen, shell.asking(lookups, queries, chosen)), len(lookups)):
            lookup = lookups[number]
            text, wire = ("", octets(words)) if chosen != "nslookup" else (words, b"")
            reply = shell.from_nslookup(text, lookup.type, seconds) if text else parsed(wire, lookup, queries[number].id, seconds)
            detail = text or wire.decode(errors="replace") or "a tool ended without an answer"
            found[lookup] = reply or Unknown(lookup.what, "malformed", detail[:200].strip(), "ask by hand from that Pod")
        return found

    def _dials(self, dials: Sequence[DialFrom]) -> dict[Question, Reply]:
        chosen = shell.dial_way(self._tools or ())
        if not dials:
            return {}
        if not chosen:
            return {dial: self._without_tools(dial, "bash or nc") for dial in dials}
        found: dict[Question, Reply] = {}
        try:
            for number, words, seconds in self._answers(shell.command(chosen, "echo go\n" + shell.dialling(dials, chosen)), len(dials)):
                status, _, rest = words.partition(" ")
                dial, is_open = dials[number], len(status) < 4 and status.isdecimal() and shell.open_by(int(status), chosen)
                refused = "" if is_open else shell.refusal(rest, seconds)
                broken = Unknown(dial.what, "malformed", rest[:200].strip(), "try by hand from that Pod")
                found[dial] = Dialled(is_open, refused) if is_open or refused else broken
        except UserError as trouble:
            return {dial: self._unseen(trouble.message, trouble) for dial in dials}
        missing = {dial: Unknown(dial.what, "timeout", "the shell gave no answer", "try again in a moment") for dial in dials}
        return missing | found

    def _answers(self, command: list[str], count: int) -> Iterator[tuple[int, str, float]]:
        """Number, words and seconds of each answer, as they come. The seconds count from the script's "go"."""
        began, seen = time.monotonic(), set()
        numbers = {str(number): number for number in range(count)}
        with self._run(command) as running:
            for line in running.lines(shell.SECONDS + MARGIN):
                number, _, words = line.partition(" ")
                if line == "go":
                    began = time.monotonic()
                elif number in numbers:
                    seen.add(number)
                    yield numbers[number], words.strip(), round(time.monotonic() - began, 3)
                if len(seen) == count:
                    return  # what else the shell waits for is of no interest

    def _without_tools(self, question: Asked, wanted: str) -> Unknown:
        return Unknown(question.what, "unreachable", f"container {self._vantage.container} has no {wanted} to ask with",
                       "give --from a Pod that has one, or --from cluster")


def _nowhere(lookups: Iterable[LookupFrom]) -> dict[LookupFrom, Unknown]:
    """Those to a nameserver that resolv.conf does not name by its address: resolvers ask nobody then."""
    return {lookup: Unknown(lookup.what, "malformed", f"{lookup.address!r} in the Pod's resolv.conf is no address", "correct its nameserver line")
            for lookup in lookups if not shell.is_address(lookup.address)}


def octets(words: str) -> bytes:
    """What od wrote; a shell's complaint as it stands."""
    try:
        return bytes.fromhex(words)
    except ValueError:
        return words.encode()


def parsed(heard: bytes, lookup: LookupFrom, number: int, seconds: float) -> Resolved | None:
    """What was heard as an answer: a DNS message, nothing after all the time, or a tool that was refused (some say nothing then); None for anything else."""
    import dns.exception
    import dns.flags
    import dns.message

    if not heard.strip():
        waited = seconds > shell.SECONDS - 1
        return Resolved("SILENT" if waited else "CLOSED", seconds=seconds)
    try:
        answer = dns.message.from_wire(heard if lookup.protocol == "UDP" else heard[2:], ignore_trailing=True)
    except dns.exception.DNSException:
        answer = None
    if answer is not None and answer.id == number:
        cut = lookup.protocol == "UDP" and bool(answer.flags & dns.flags.TC)
        return TRUNCATED if cut else resolved(answer, lookup.type, seconds)
    return Resolved("CLOSED", seconds=seconds) if shell.REFUSED.search(heard.decode(errors="replace")) else None
