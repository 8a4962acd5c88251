"""Credential plugins: run as client-go runs them, with a time limit, and told about when they fail."""

from __future__ import annotations

import base64
import errno
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from kubectl_svcdoctor.collect.connection import Connection, CredentialTrouble, exec_plugin
from kubectl_svcdoctor.errors import UserError
from tests.unit.connection.conftest import base64_of
from tests.unit.connection.server import Answer, Asked, Server

Connect = Callable[..., Connection]
Plugin = Callable[..., dict[str, Any]]
V1 = "client.authentication.k8s.io/v1"


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """Writes a plugin in Python beside the kubeconfig; returns the user that has it."""

    def make(body: str, **spec: Any) -> dict[str, Any]:
        path = tmp_path / "bin" / "login"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable} -S\nimport json, os, sys, time\n"
                        f"def grant(**status):\n    print(json.dumps(dict(kind='ExecCredential', apiVersion='{V1}', status=status)))\n{body}\n")
        path.chmod(0o755)
        return {"exec": {"command": "bin/login", "apiVersion": V1, "interactiveMode": "Never", **spec}}

    return make


def test_a_token_from_a_plugin_beside_the_kubeconfig(api: Server, connected: Connect, plugin: Plugin) -> None:
    connection = connected(api.url, plugin("grant(token='from-plugin')"))
    connection.get("/")
    connection.get("/")
    assert [asked.headers["Authorization"] for asked in api.asked] == ["Bearer from-plugin"] * 2


def test_a_plugin_on_path_with_arguments_and_variables(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    user = plugin("grant(token='-'.join([sys.argv[1], os.environ['STAGE'], os.environ['INHERITED']]))", command="login", args=["get-token"],
                  env=[{"name": "STAGE", "value": "prod"}])
    connected(api.url, user, environ={"PATH": str(tmp_path / "bin"), "INHERITED": "yes"}).get("/")
    assert api.last.headers["Authorization"] == "Bearer get-token-prod-yes"


def test_version_v1beta1_needs_no_interactive_mode(api: Server, connected: Connect, plugin: Plugin) -> None:
    beta = "client.authentication.k8s.io/v1beta1"
    user = plugin(f"print(json.dumps(dict(kind='ExecCredential', apiVersion='{beta}', status=dict(token='b'))))", apiVersion=beta)
    del user["exec"]["interactiveMode"]
    connected(api.url, user).get("/")
    assert api.last.headers["Authorization"] == "Bearer b"


def test_the_answer_may_be_yaml(api: Server, connected: Connect, plugin: Plugin) -> None:
    connected(api.url, plugin(f"print('apiVersion: {V1}\\nkind: ExecCredential\\nstatus:\\n  token: y')")).get("/")
    assert api.last.headers["Authorization"] == "Bearer y"


def test_a_certificate_from_a_plugin(api: Server, connected: Connect, plugin: Plugin, authority: trustme.CA, tmp_path: Path) -> None:
    leaf = authority.issue_cert("dev@example.com", common_name="by-plugin")
    (tmp_path / "pem").write_text(json.dumps({
        "clientCertificateData": b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode(),
        "clientKeyData": leaf.private_key_pem.bytes().decode()}))
    connected(api.url, plugin(f"grant(**json.load(open({str(tmp_path / 'pem')!r})))")).get("/")
    assert (api.last.peer, api.last.headers["Authorization"]) == ("by-plugin", None)


def told(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path, cluster: Mapping[str, Any] | None, **spec: Any) -> dict[str, Any]:
    """KUBERNETES_EXEC_INFO as the plugin got it."""
    path = tmp_path / "info"
    user = plugin(f"open({str(path)!r}, 'w').write(os.environ['KUBERNETES_EXEC_INFO']); grant(token='t')", **spec)
    connected(api.url, user, cluster).get("/")
    info: dict[str, Any] = json.loads(path.read_text())
    return info


def test_the_plugin_is_told_what_is_expected(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    assert told(api, connected, plugin, tmp_path, None) == {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False}}


def test_the_plugin_is_told_about_the_cluster_if_it_wants(
    api: Server, connected: Connect, plugin: Plugin, tmp_path: Path, authority: trustme.CA
) -> None:
    ca = base64_of(authority.cert_pem)
    cluster = {"certificate-authority-data": ca, "tls-server-name": "kubernetes.example",
               "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}, {"name": "other"}]}
    info = told(api, connected, plugin, tmp_path, cluster, provideClusterInfo=True)
    assert info["spec"]["cluster"] == {
        "server": api.url, "certificate-authority-data": ca, "tls-server-name": "kubernetes.example", "config": {"audience": "x"}}


def counting(tmp_path: Path, expiry: str = "") -> str:
    """A plugin that grants token-1, token-2 and so on."""
    path = str(tmp_path / "count")
    more = f", expirationTimestamp={expiry!r}" if expiry else ""
    return f"open({path!r}, 'a').write('x'); grant(token='token-%d' % os.path.getsize({path!r}){more})"


def test_a_plugin_runs_again_when_its_credentials_have_expired(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    connection = connected(api.url, plugin(counting(tmp_path, "2020-01-01T00:00:00Z")))
    connection.get("/")
    first = api.last.headers["Authorization"]
    connection.get("/")
    assert api.last.headers["Authorization"] != first


def test_a_plugin_does_not_run_again_before_that(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    connection = connected(api.url, plugin(counting(tmp_path, "2999-01-01T00:00:00Z")))
    for _ in range(3):
        connection.get("/")
    assert {asked.headers["Authorization"] for asked in api.asked} == {"Bearer token-1"}


def test_a_plugin_runs_again_after_a_401(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(200 if asked.headers["Authorization"] == "Bearer token-2" else 401)

    api.answer = answer
    assert connected(api.url, plugin(counting(tmp_path))).get("/").status == 200


def test_a_plugin_that_keeps_granting_what_is_refused_is_not_asked_for_ever(
    api: Server, connected: Connect, plugin: Plugin, tmp_path: Path
) -> None:
    api.answer = lambda asked: Answer(401)
    assert connected(api.url, plugin("grant(token='same')")).get("/").status == 401
    assert len(api.asked) == 1


def test_other_credentials_come_first(api: Server, connected: Connect, plugin: Plugin) -> None:
    connected(api.url, {**plugin("sys.exit(1)"), "token": "t"}).get("/")
    connected(api.url, plugin("sys.exit(1)"), token="flag").get("/")
    assert [asked.headers["Authorization"] for asked in api.asked] == ["Bearer t", "Bearer flag"]


@pytest.mark.parametrize(("body", "why"), [
    ("print('SSO session expired,\\n run: aws sso login', file=sys.stderr); sys.exit(255)",
     "failed with exit status 255: SSO session expired, run: aws sso login; log in again or fix the plugin"),
    ("sys.exit(3)", "failed with exit status 3: it said nothing"),
    ("print('\\x1b[31mred', file=sys.stderr); sys.exit(1)", r"exit status 1: \?\[31mred"),
    ("print('no json')", "is not a mapping of fields but plain text"),
    ("print('{')", "is not valid YAML"),
    ("pass", 'answered with "" '),
    ("print(json.dumps(dict(kind='ExecCredential', apiVersion='v1')))", f'answered with "v1" ExecCredential instead of "{V1}" ExecCredential'),
    ("grant()", "gave neither a token nor a certificate with its key"),
    ("grant(clientCertificateData='x')", "gave neither a token nor a certificate with its key"),
    ("grant(token=5)", "is malformed at status.token: "),
    ("grant(token='t', expirationTimestamp='tomorrow')", "is malformed at status.expirationTimestamp"),
    ("grant(token='two\\nlines')", "has blanks, line ends or other characters"),
])
def test_a_plugin_that_fails(api: Server, connected: Connect, plugin: Plugin, body: str, why: str) -> None:
    with pytest.raises(CredentialTrouble, match=why) as caught:
        connected(api.url, plugin(body)).get("/")
    assert 'the credential plugin "login" of user "dev"' in caught.value.message
    assert caught.value.message.isprintable() and caught.value.exit_status == 3
    assert api.asked == []


def test_a_plugin_that_is_not_installed(api: Server, connected: Connect, plugin: Plugin) -> None:
    user = plugin("", command="kubelogin", installHint="brew install\nkubelogin\x1b[0m")
    with pytest.raises(CredentialTrouble, match=r"is not installed: kubelogin was not found; install it \(brew install kubelogin\?\[0m\)"):
        connected(api.url, user, environ={"PATH": "/nowhere"}).get("/")


def test_a_plugin_that_is_no_program(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    user = plugin("")
    (tmp_path / "bin" / "login").write_text("#!/nonexistent/interpreter\n")
    with pytest.raises(CredentialTrouble, match=f"cannot be started: {os.strerror(errno.ENOENT)}"):
        connected(api.url, user).get("/")


def test_a_plugin_that_hangs_is_ended_with_all_that_it_started(
    api: Server, connected: Connect, plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_plugin, "LIMIT_SECONDS", 0.5)
    child = tmp_path / "child"
    body = (f"import subprocess; open({str(child)!r}, 'w').write(str(subprocess.Popen(['sleep', '60']).pid))\n"
            "print('waiting for you', file=sys.stderr, flush=True); time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(CredentialTrouble, match=r"did not finish within 0\.5 seconds; .* \(it said: waiting for you\)"):
        connected(api.url, plugin(body)).get("/")
    assert time.monotonic() - started < 5
    deadline = time.monotonic() + 5
    while _alive(int(child.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(int(child.read_text()))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_plugin_that_must_ask_needs_a_terminal(api: Server, connected: Connect, plugin: Plugin) -> None:
    with pytest.raises(CredentialTrouble, match="wants to ask at a terminal, and there is none"):
        connected(api.url, plugin("grant(token='t')", interactiveMode="Always")).get("/")


def test_a_plugin_has_the_terminal_and_is_heard(
    api: Server, connected: Connect, plugin: Plugin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    body = ("print('open the page', file=sys.stderr)\n"
            "grant(token='interactive' if json.loads(os.environ['KUBERNETES_EXEC_INFO'])['spec']['interactive'] else 'no')")
    connected(api.url, plugin(body, interactiveMode="IfAvailable")).get("/")
    assert api.last.headers["Authorization"] == "Bearer interactive"
    assert "open the page" in capsys.readouterr().err


@pytest.mark.parametrize(("spec", "why"), [
    ({"command": ""}, "has no command; add it"),
    ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "set client.authentication.k8s.io/v1"),
    ({"interactiveMode": ""}, "has no interactiveMode, which v1 requires"),
    ({"interactiveMode": "Sometimes"}, 'has the interactiveMode "Sometimes"'),
])
def test_a_plugin_that_is_configured_badly(api: Server, connected: Connect, plugin: Plugin, spec: dict[str, str], why: str) -> None:
    with pytest.raises(UserError, match=why) as caught:
        connected(api.url, plugin("", **spec))
    assert caught.value.exit_status == 2


def kuberc(tmp_path: Path, **content: Any) -> str:
    path = tmp_path / "kuberc"
    path.write_text(yaml.safe_dump({"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": "Preference", **content}))
    return str(path)


@pytest.mark.parametrize(("content", "why"), [
    ({}, None),
    ({"credentialPluginPolicy": "AllowAll"}, None),
    ({"credentialPluginPolicy": "DenyAll"}, "may not run: the kuberc .* forbids all"),
    ({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": [{"command": "login"}]}, None),
    ({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": [{"name": "login"}]}, None),
    ({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": [{"command": "other"}]}, "credentialPluginAllowlist in .* lacks it"),
    ({"credentialPluginPolicy": "Allowlist", "credentialPluginAllowlist": [{"command": "/opt/login"}]}, "lacks it"),
    ({"credentialPluginPolicy": "Allowlist"}, "lists none"),
    ({"credentialPluginPolicy": "AllowAll", "credentialPluginAllowlist": [{"command": "x"}]}, "is not Allowlist"),
    ({"credentialPluginPolicy": "Ask"}, 'the unknown credentialPluginPolicy "Ask"'),
])
def test_the_policy_of_a_kuberc(
    api: Server, connected: Connect, plugin: Plugin, tmp_path: Path, content: dict[str, Any], why: str | None
) -> None:
    user = plugin("grant(token='t')", command="login")
    environ = {"PATH": str(tmp_path / "bin"), "KUBERC": kuberc(tmp_path, **content)}
    connection = connected(api.url, user, environ=environ)
    if why is None:
        assert connection.get("/").status == 200
        return
    with pytest.raises(UserError, match=why):
        connection.get("/")
    assert api.asked == []


def test_where_the_kuberc_is(api: Server, connected: Connect, plugin: Plugin, tmp_path: Path) -> None:
    user, path = plugin("grant(token='t')"), kuberc(tmp_path, credentialPluginPolicy="DenyAll")
    with pytest.raises(CredentialTrouble, match="forbids all"):
        connected(api.url, user, kuberc=path).get("/")
    assert connected(api.url, user, environ={"KUBERC": "off", "HOME": str(tmp_path)}).get("/").status == 200
    (tmp_path / ".kube").mkdir()
    Path(path).rename(tmp_path / ".kube" / "kuberc")
    with pytest.raises(CredentialTrouble, match="forbids all"):
        connected(api.url, user, environ={"HOME": str(tmp_path)}).get("/")
    with pytest.raises(UserError, match=rf"the kuberc .* cannot be read: {os.strerror(errno.ENOENT).lower()}; check KUBERC or --kuberc"):
        connected(api.url, user, kuberc=path).get("/")
    with pytest.raises(UserError, match="contradict each other"):
        connected(api.url, user, kuberc=path, environ={"KUBERC": "off"}).get("/")
    (tmp_path / ".kube" / "kuberc").write_text(": [")
    assert connected(api.url, user, environ={"HOME": str(tmp_path)}).get("/").status == 200


def test_secrets_of_a_plugin_do_not_show(api: Server, connected: Connect, plugin: Plugin) -> None:
    with pytest.raises(CredentialTrouble) as caught:
        connected(api.url, plugin(f"grant(token='{base64.b64encode(b'secret').decode()} x')")).get("/")
    assert base64.b64encode(b"secret").decode() not in caught.value.message
