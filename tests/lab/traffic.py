"""Real traffic, and what became of it in a word: the same words whether curl asked from a host or wget from a pod."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

SECONDS = 3
"""How long one attempt waits for a connection or an answer."""

_TERMINATED = 128 + 15
"""The exit status of a command in a pod that `timeout` has ended."""

_CURL = {6: "unresolved", 28: "timeout", 35: "tls", 52: "empty", 56: "reset", 58: "tls", 60: "tls"}
_WORDS = {
    "Connection refused": "refused",
    "No route to host": "unreachable",
    "Host is unreachable": "unreachable",
    "Network is unreachable": "unreachable",
    "timed out": "timeout",
    "bad address": "unresolved",
    "reset by peer": "reset",
}


@dataclass(frozen=True)
class Answer:
    """What came of one HTTP request: a `status`, or the kind of failure in `error` (`refused`, `timeout`, `unresolved`,
    `unreachable`, `tls`, `reset`, `empty`, `other`); `body` is the answer's text, or the client's words."""

    status: int | None
    error: str | None
    body: str

    @property
    def outcome(self) -> str:
        """Return the failure's word, or the status as text (`200`)."""
        return self.error or str(self.status)


def curl(url: str, *, via: str | None = None, headers: Sequence[str] = (), authority: str | None = None) -> list[str]:
    """Return a curl command whose output `curl_answer` reads.

    `via` is the address to connect to instead of the one that the URL's host resolves to; `authority` the file of the
    certificate authority to trust (without it any certificate will do).
    """
    argv = ["curl", "--silent", "--verbose", "--noproxy", "*", "--max-time", str(SECONDS), "--globoff"]
    argv += ["--write-out", "\n%{http_code}", "--cacert", authority] if authority else ["--write-out", "\n%{http_code}", "-k"]
    argv += ["--connect-to", f"::{via}:"] if via else []
    for header in headers:
        argv += ["--header", header]
    return [*argv, url]


def curl_answer(done: subprocess.CompletedProcess[str]) -> Answer:
    """Return what curl met."""
    body, _, status = done.stdout.rpartition("\n")
    if done.returncode == 0:
        return Answer(int(status), None, body)
    return Answer(None, _CURL.get(done.returncode) or _word(done.stderr), done.stderr)


def wget(url: str) -> list[str]:
    """Return a command for busybox in a pod whose output `wget_answer` reads; Debian's busybox 1.35 crashes at `wget -T`."""
    return ["timeout", str(SECONDS), "wget", "-S", "-O", "-", url]


def wget_answer(done: subprocess.CompletedProcess[str]) -> Answer:
    """Return what busybox's wget met; a status other than 2xx comes without its body."""
    status = re.search(r"HTTP/1\.[01] (\d{3})", done.stderr)
    if status:
        return Answer(int(status.group(1)), None, done.stdout)
    return Answer(None, "timeout" if done.returncode == _TERMINATED else _word(done.stderr), done.stderr)


def _word(text: str) -> str:
    return next((word for words, word in _WORDS.items() if words in text), "other")
