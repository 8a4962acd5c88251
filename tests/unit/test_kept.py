"""What a recording keeps: each string field is decided on, a secret in any other than a name is left out, and what checks read is still there."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.collect.kept import Keeper, documents, fields
from kubectl_svcdoctor.collect.kept.keeper import listed
from kubectl_svcdoctor.collect.kept.words import reduced
from kubectl_svcdoctor.collect.recording import save
from kubectl_svcdoctor.graph.dns.corefile import rewriting, served_zones
from kubectl_svcdoctor.graph.ports.listeners import candidates
from kubectl_svcdoctor.model.calls import called
from kubectl_svcdoctor.model.log import LINK, MEMBER, misreadings, unresolved
from kubectl_svcdoctor.model.mentions import hosts
from kubectl_svcdoctor.model.meta import Moment
from kubectl_svcdoctor.model.register import exchanges
from kubectl_svcdoctor.model.snapshot import Query, Snapshot, Unknown
from kubectl_svcdoctor.model.workload import Container, EnvVar, ExecAction, Probe

NOW = datetime(2026, 11, 2, tzinfo=UTC)
EXCHANGED = tuple(dict.fromkeys((*exchanges(), *(kind.reply for kind in exchanges().values()), Unknown)))
KINDS = tuple(decode.kinds().values())
TABLES = (fields.NAMES, fields.SENTENCES, fields.COMMANDS, fields.ANNOTATIONS, fields.COREFILE, fields.LOG, fields.OWNERSHIP)
Field = tuple[type, str]


def parts(kind: type) -> dict[str, Any]:
    """The fields of a kind with their types."""
    hints = typing.get_type_hints(kind, include_extras=True)
    names = kind.__struct_fields__ if issubclass(kind, msgspec.Struct) else [entry.name for entry in dataclasses.fields(kind)]
    return {name: hints[name] for name in names}


def structures(kind: Any) -> Iterator[type]:
    """The structure and all that it is made of, each once."""
    waiting, seen = [kind], set()
    while waiting:
        found = waiting.pop()
        waiting += typing.get_args(found)
        if isinstance(found, type) and (issubclass(found, msgspec.Struct) or dataclasses.is_dataclass(found)) and found not in seen:
            seen.add(found)
            waiting += parts(found).values()
            yield found


def has_text(kind: Any) -> bool:
    """Whether a field holds strings itself: not those of structures within it."""
    return kind is str or kind is Any or typing.get_origin(kind) is typing.Literal or any(map(has_text, typing.get_args(kind)))


ALL = tuple(dict.fromkeys(found for kind in (*KINDS, *EXCHANGED) for found in structures(kind)))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_string_field_is_decided_on(kind: type) -> None:
    for name, hint in parts(kind).items():
        if has_text(hint):
            homes = [table for table in TABLES if listed(table, kind, name)]
            assert len(homes) == 1, (f"field {name} of {kind.__name__} holds text and stands in {len(homes)} tables of collect/kept/fields.py: say there "
                                     "whether a recording keeps it, since otherwise it is left out")


class Secrets:
    """Makes a value of any kind with a secret of its own in every string, and remembers where each was put."""

    def __init__(self) -> None:
        self.put: dict[str, Field] = {}

    def value(self, hint: Any, where: Field) -> Any:
        origin, options = typing.get_origin(hint), typing.get_args(hint)
        if hint is str or hint is Any:
            secret = f"Xq{len(self.put)}zjw"
            self.put[secret] = where
            return secret
        if hint is Moment or origin is typing.Annotated or hint is datetime:
            return NOW
        if origin is tuple:
            return (self.value(options[0], where),)
        if origin is dict:
            return {self.value(options[0], where): self.value(options[1], where)}
        if origin is typing.Literal:
            return options[0]
        if options:
            return self.value(str if str in options else next(option for option in options if option is not type(None)), where)
        if isinstance(hint, type) and (issubclass(hint, msgspec.Struct) or dataclasses.is_dataclass(hint)):
            return hint(**{name: self.value(part, (hint, name)) for name, part in parts(hint).items()})
        return hint(1)


def test_a_secret_in_any_field_but_a_name_is_not_in_the_file(tmp_path: Path) -> None:
    secrets = Secrets()
    objects = [secrets.value(kind, (kind, "")) for kind in KINDS]
    replies: dict[Any, Any] = {}
    for question in exchanges():
        for reply in (*(kind.reply for kind in exchanges().values()), Unknown):
            replies[secrets.value(question, (question, ""))] = secrets.value(reply, (reply, ""))
    answers: dict[Any, Any] = {Query(kind): (item,) for kind, item in zip(KINDS, objects, strict=True)}
    answers |= {Query(kind, "refused"): secrets.value(Unknown, (Unknown, "")) for kind in KINDS[:1]}
    save(str(tmp_path / "file"), Snapshot(answers, replies), Recording((), NOW), "shop")
    text = (tmp_path / "file").read_text()
    leaked = {secrets.put[secret] for secret in secrets.put if secret in text}
    keys = {(kind, name) for kind, name in secrets.put.values() if listed(fields.ANNOTATIONS, kind, name)}
    assert {field for field in leaked - keys if not listed(fields.NAMES, *field)} == set(), "left out of the tables of names, and yet in the file"
    assert leaked > keys, "of annotations the keys are kept"
    assert len(secrets.put) > 300


SECRET = "s3cr3t-Hunter2"


@pytest.mark.parametrize("container", [
    Container("web", command=("sh", "-c", f"export PASSWORD={SECRET}; nslookup db.shop.svc && psql -h db -U {SECRET} 'password={SECRET}'")),
    Container("web", args=(f"--password={SECRET}", f"--token {SECRET}", f"-p{SECRET}", f"https://user:{SECRET}@db.shop.svc:5432/x?token={SECRET}")),
    Container("web", env=(EnvVar("PASSWORD", SECRET), EnvVar("URL", f"postgres://user:{SECRET}@db-0.db:5432/shop?password={SECRET}"))),
    Container("web", readiness_probe=Probe(exec=ExecAction(("curl", "-H", f"Authorization: Bearer {SECRET}", "http://web/health")))),
])
def test_of_commands_and_variables_hosts_are_kept_and_no_secrets(container: Container) -> None:
    kept = Keeper(frozenset()).kept(container)
    assert "unter2" not in str(kept) and "s3cr3t" not in str(kept)
    texts = (*container.command, *container.args, *(entry.value for entry in container.env))
    assert [list(hosts(text)) for text in (*kept.command, *kept.args, *(entry.value for entry in kept.env))] == [list(hosts(text)) for text in texts]


word = st.one_of(st.text("abz019.-:/@=,;'\"($ \n", max_size=12), st.sampled_from([
    "nc", "-z", "wiki-db", "5432", "nslookup", "db.shop", "http://web:80/", "until", ";", "do", "$HOST", "${HOST}", "-o", "/app/config", "psql", "-h",
    "--host=db", "curl", "for", "in", "Target=wiki-db", "$Target", "--port", "54321", "pg_isready", "-p",
    "&&", SECRET, "tcp://10.96.0.1:80", "db-0.db", "--port=8080", "0.0.0.0:9090", "🔑", "a" * 70]))
words = st.lists(word, max_size=8)
thorough = settings(derandomize=True, deadline=None, max_examples=400)


@thorough
@given(words, st.dictionaries(st.sampled_from(["HOST", "DB", "X"]), word, max_size=3), st.booleans())
def test_what_a_command_calls_is_called_in_the_recording(command: list[str], env: dict[str, str], script: bool) -> None:
    argv = ("sh", "-c", " ".join(command)) if script else tuple(command)
    container = Container("a", args=argv, env=tuple(EnvVar(*pair) for pair in env.items()), readiness_probe=Probe(exec=ExecAction(argv)))
    kept = Keeper({"HOST", "DB", "X", "8080", "9090"}).kept(container)
    variables = {entry.name: entry.value for entry in kept.env}
    assert called(kept.args, variables) == called(argv, env)
    assert called(kept.readiness_probe.exec.command, variables) == called(argv, env)  # type: ignore[union-attr]
    assert [list(hosts(text)) for text in kept.args] == [list(hosts(text)) for text in argv]
    assert [LINK.findall(text) for text in kept.args] == [LINK.findall(text) for text in argv]


def test_a_port_that_was_asked_is_found_in_the_recorded_arguments() -> None:
    container = Container("web", args=("--http-port=8088", "--listen=:9099", "--pin=4711"))
    assert candidates(Keeper({"8088", "9099"}).kept(container))[2] == (8088, 9099)
    assert "4711" not in str(Keeper({"8088"}).kept(container))


LINES = ("2026-11-02 config: strconv.Atoi: parsing \"tcp://10.96.0.20:9000\": invalid syntax", f"invalid port tcp://10.96.0.1:80 password={SECRET}",
         "[FATAL] plugin/loop: Loop (127.0.0.1:41234 -> :53) detected for zone \".\"", f"db-1.db: Name or service not known {SECRET}", "connection refused",
         "getaddrinfo ENOTFOUND db-0.db.shop", f"panic: {SECRET}", "listen tcp://10.96.0.20:9000",
         f"ValueError: invalid literal for int() with base 10: 'tcp://10.96.0.7:1' {SECRET}",
         "plugin/errors: Corefile:3 - Error during parsing: Unknown directive 'x'", "warning: ignoring port tcp://10.96.0.1:80", "")


@thorough
@given(st.lists(st.one_of(st.sampled_from(LINES), word), max_size=5))
def test_what_a_log_tells_is_told_by_the_recording(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = documents.log(text, frozenset())
    assert [link for link, _ in misreadings(kept)] == [link for link, _ in misreadings(text)]
    peers = ["db-0.db", "db-1.db", "db-0.db.shop"]
    assert list(unresolved(kept, peers)) == list(unresolved(text, peers))
    assert SECRET not in kept and set(MEMBER.findall(kept)) <= set(MEMBER.findall(text))


def test_of_a_corefile_comments_and_credentials_are_left_out() -> None:
    text = (f"# {SECRET}\n.:53 {{\n    errors # {SECRET}\n    kubernetes cluster.local in-addr.arpa {{\n        ttl 30\n    }}\n"
            f"    rewrite name web.x web.shop.svc\n    etcd example.org {{\n        credentials root {SECRET}\n    }}\n    cache 30\n}}\n{SECRET}\n")
    kept = documents.corefile(text, frozenset())
    assert SECRET not in kept and len(kept.split("\n")) == len(text.split("\n"))
    assert (served_zones(kept), rewriting(kept)) == (served_zones(text), rewriting(text))


@pytest.mark.parametrize("sentence", [
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
    'Readiness probe failed: Get "https://10.244.1.11:8080/healthz": http: server gave HTTP response to HTTPS client',
    'Readiness probe failed: dial tcp [fd00:10:244::7]:8080: connect: connection refused',
    "Startup probe failed: Get \"http://10.0.0.1:8080/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    'exec: "pg_isready": executable file not found in $PATH',
    'configmap "web-settings" not found', "couldn't find key password in Secret shop/db-creds", 'persistentvolumeclaim "data-db-0" not found',
    "0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }, 2 Insufficient nvidia.com/gpu. preemption: 0/3 nodes are "
    "available: 3 Preemption is not helpful for scheduling.",
    "back-off 5m0s restarting failed container=web pod=web-7f6b9c8d5-z7x2p_shop",
    'pods "web-7f6b9c8d5-z7x2p" is forbidden: exceeded quota: compute, requested: limits.memory=2Gi, used: limits.memory=8Gi, limited: limits.memory=8Gi',
    'Failed to pull image "registry.example.com/web:1": rpc error: code = Unknown desc = failed to pull and unpack image: pull access denied, '
    "repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    'services "kube-dns" is forbidden: User "system:serviceaccount:shop:reader" cannot get resource "services" in API group "" in the namespace "kube-system"',
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 82Mi.",
    "Memory cgroup out of memory", "Back-off restarting failed container", "node(s) didn't match Pod's node affinity/selector",
])
def test_what_kubernetes_says_is_kept_whole(sentence: str) -> None:
    known = {"web", "shop", "8080", "registry.example.com", "kube-dns", "kube-system"}
    assert reduced(sentence, known) == sentence


@pytest.mark.parametrize("sentence", [
    f"Readiness probe failed: psql: FATAL: password authentication failed for {SECRET}", f'Get "http://10.0.0.1/{SECRET}?token={SECRET}": EOF',
    f"panic: license {SECRET} expired", f"{SECRET}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "AKIAIOSFODNN7EXAMPLE", "correcthorsebatterystaple", "4929123412341234", "hunter2", "+49 30 123456",
])
def test_what_an_application_says_is_not(sentence: str) -> None:
    kept = reduced(sentence, frozenset())
    for secret in (SECRET, "eyJ", "AKIA", "correct", "4929", "hunter", "123456"):
        assert secret not in kept
