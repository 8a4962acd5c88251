"""kubeconfig files: merged as kubectl merges them, and one sentence for each way in which one can be broken."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect.connection.kubeconfig import Kubeconfig, load
from kubectl_svcdoctor.errors import UserError


def entry(server: str, **fields: Any) -> dict[str, Any]:
    return {"server": server, **fields}


def write(path: Path, **content: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **content}))
    return str(path)


def merged(*paths: str) -> Kubeconfig:
    return load(None, {"KUBECONFIG": os.pathsep.join(paths)})


def test_the_first_file_that_names_something_has_it_whole(tmp_path: Path) -> None:
    one = write(tmp_path / "one", clusters=[{"name": "c", "cluster": entry("https://one")}], users=None, contexts=None)
    two = write(tmp_path / "two", **{"current-context": "x"}, users=[{"name": "u", "user": {"token": "t"}}],
                clusters=[{"name": "c", "cluster": entry("https://two", **{"tls-server-name": "no"})}])
    three = write(tmp_path / "three", **{"current-context": "y"}, users=[{"name": "u", "user": {"token": "no"}}])
    config = merged(one, two, three)
    assert (config.clusters["c"].server, config.clusters["c"].tls_server_name) == ("https://one", "")
    assert (config.current_context, config.users["u"].token) == ("x", "t")


def test_paths_are_relative_to_the_file_that_has_them(tmp_path: Path) -> None:
    one = write(tmp_path / "a" / "config", clusters=[{"name": "c", "cluster": entry("https://one", **{"certificate-authority": "ca.crt"})}])
    exec_ = {"command": "bin/login", "apiVersion": "client.authentication.k8s.io/v1"}
    two = write(tmp_path / "b" / "config", users=[
        {"name": "u", "user": {"client-certificate": "../c.crt", "client-key": "/k.key", "tokenFile": "token", "exec": exec_}},
        {"name": "w", "user": {"exec": {**exec_, "command": "login"}}},
    ])
    config = merged(one, two)
    assert config.clusters["c"].certificate_authority == str(tmp_path / "a" / "ca.crt")
    user, bare = config.users["u"], config.users["w"]
    assert (user.client_certificate, user.client_key, user.token_file) == (str(tmp_path / "c.crt"), "/k.key", str(tmp_path / "b" / "token"))
    assert user.exec and user.exec.command == str(tmp_path / "b" / "bin" / "login")
    assert bare.exec and bare.exec.command == "login"


def test_missing_files_and_empty_names_are_skipped(tmp_path: Path) -> None:
    there = write(tmp_path / "there", clusters=[{"name": "c", "cluster": entry("https://one")}])
    config = merged("", str(tmp_path / "missing"), there, there)
    assert (config.files, config.missing) == ([there], [str(tmp_path / "missing")])


def test_without_kubeconfig_the_file_in_the_home_is_read(tmp_path: Path) -> None:
    write(tmp_path / ".kube" / "config", **{"current-context": "home"})
    assert load(None, {"HOME": str(tmp_path)}).current_context == "home"


def test_an_explicit_file_stands_alone(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one", **{"current-context": "one"}), write(tmp_path / "two", **{"current-context": "two"})
    assert load(two, {"KUBECONFIG": one}).current_context == "two"


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "null\n", "clusters:\nusers: null\ncontexts: []\n", '{"clusters": null}',
                                  "apiVersion: v1\nkind: Config\nsomething-new: {a: [1]}\n"])
def test_little_is_needed(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    assert merged(str(tmp_path / "config")).clusters == {}


def test_a_date_stays_text(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("users: [{name: u, user: {token: 2026-11-23}}]")
    assert merged(str(tmp_path / "config")).users["u"].token == "2026-11-23"


@pytest.mark.parametrize(("text", "told"), [
    ("a: [1", "is not valid YAML in line 2: "),
    ("a: b: c", "is not valid YAML in line 1: "),
    ("clusters:\n\t- name: x", "is not valid YAML in line 2: "),
    ("a: \x00", "is not valid YAML"),
    ("- a\n- b", "is not a mapping of fields but a list"),
    ("just words", "is not a mapping of fields but plain text"),
    ("42", "is not a mapping of fields but a single value"),
    ("clusters: {}", "is malformed at clusters: "),
    ("users: [{name: u, user: {token: 123456}}]", "is malformed at users[0].user.token: "),
    ("users: [{name: u, user: [a]}]", "is malformed at users[0].user: "),
    ("clusters: [c]", "is malformed at clusters[0]: "),
    ("clusters: [{name: c, cluster: {insecure-skip-tls-verify: 'yes'}}]", "is malformed at clusters[0].cluster.insecure-skip-tls-verify: "),
    ("kind: Pod\napiVersion: v1", "is a Pod, not a Config"),
    ("contexts: [{name: x}, {name: x}]", 'has two contexts named "x"'),
    ("users: &a [*a]", "is malformed at users[0]: "),
    ("contexts: [&a {name: x, context: *a}, {name: y, context: 1}]", "is malformed at contexts[1].context"),
    # Whether PyYAML has a limit of its own, and what it says then, depends on its version.
    ("{a: " * 5000 + "}" * 5000, "is n"),
    ("- " * 100_000, "is n"),
    ("a: !!python/object:os.system {}", "is not valid YAML in line 1"),
])
def test_a_malformed_file_is_told_in_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        merged(str(path))
    assert f"the kubeconfig {path} {told}" in caught.value.message
    assert "\n" not in caught.value.message and caught.value.exit_status == 2


def test_a_value_is_never_quoted(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("users: [{name: u, user: {password: 987654321}}]")
    with pytest.raises(UserError) as caught:
        merged(str(tmp_path / "config"))
    assert "987654321" not in caught.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing does not exist; check --kubeconfig"):
        load(str(tmp_path / "missing"), {})
    with pytest.raises(UserError, match=f"cannot be read: {os.strerror(errno.EISDIR).lower()}"):
        merged(str(tmp_path))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError, match=f"cannot be read: {os.strerror(errno.ELOOP).lower()}"):
        merged(str(tmp_path / "loop"))


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config"
    path.write_bytes(content)
    try:
        merged(str(path))
    except UserError as error:
        assert error.message.startswith(f"the kubeconfig {path} ") and error.message.isprintable()


NAMES = st.sampled_from(["a", "b"])
WORDS = st.sampled_from(["", "x", "z/w", "/abs"])
PATHS = st.sampled_from(["", "/abs", "/etc/x"])


def named(kind: str, fields: dict[str, Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.builds(lambda name, value: {"name": name, kind: value}, NAMES, st.fixed_dictionaries({}, optional=fields)),
                    max_size=2, unique_by=lambda item: item["name"])


FILES = st.lists(st.fixed_dictionaries({}, optional={
    "current-context": st.sampled_from(["", "a", "b"]),
    "clusters": named("cluster", {"server": st.sampled_from(["https://x", "https://y"]), "certificate-authority": PATHS,
                                  "tls-server-name": WORDS, "insecure-skip-tls-verify": st.booleans()}),
    "users": named("user", {"token": WORDS, "tokenFile": PATHS, "client-key": PATHS, "as": WORDS, "as-groups": st.lists(WORDS, max_size=2)}),
    "contexts": named("context", {"cluster": NAMES, "user": NAMES, "namespace": WORDS}),
}), min_size=1, max_size=3)


@given(FILES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_kubectl_merges_the_same(tmp_path: Path, files: list[dict[str, Any]]) -> None:
    paths = [write(tmp_path / str(number) / "config", **content) for number, content in enumerate(files)]
    environ = {"KUBECONFIG": os.pathsep.join(paths), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    kubectl = shutil.which("kubectl") or "kubectl"
    told = json.loads(subprocess.run([kubectl, "config", "view", "--raw", "-o", "json"], env=environ, capture_output=True, check=True).stdout)
    ours = load(None, environ)
    assert ours.current_context == told["current-context"]
    fields = {"cluster": ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority"),
              "user": ("token", "tokenFile", "client-key", "as", "as-groups"), "context": ("cluster", "user", "namespace")}
    for kind, known in (("cluster", ours.clusters), ("user", ours.users), ("context", ours.contexts)):
        theirs = {item["name"]: item[kind] for item in told[f"{kind}s"] or []}
        assert {name: {field: theirs[name].get(field) or None for field in fields[kind]} for name in theirs} == {
            name: {field: getattr(item, {"as": "as_user", "tokenFile": "token_file"}.get(field, field.replace("-", "_"))) or None
                   for field in fields[kind]} for name, item in dict(known).items()}
