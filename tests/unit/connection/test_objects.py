"""The official client on our connection: what it sends is what all other requests send, and what goes wrong is told as everywhere else."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubectl_svcdoctor.collect.connection import Connection, CredentialTrouble, Forbidden, TimedOut, TLSTrouble, Unreachable
from kubectl_svcdoctor.collect.connection import objects as module
from kubectl_svcdoctor.model.endpoints import EndpointSlice
from kubectl_svcdoctor.model.workload import Pod
from tests.unit.connection.server import Answer, Asked, Server
from tests.unit.connection.test_credentials import data
from tests.unit.connection.test_proxies import proxying

Connect = Callable[..., Connection]
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


def event(what: str = "MODIFIED", version: str = "7", **item: Any) -> bytes:
    return json.dumps({"type": what, "object": {"metadata": {"resourceVersion": version}, **item}}).encode() + b"\n"


def said(message: str) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "message": message}).encode()


def watched(connection: Connection, seconds: float = 5.0) -> list[module.Change]:
    return list(connection.objects(Pod.resource).changes("shop", "app=web", "", "5", seconds))


def every_way(connection: Connection) -> None:
    """All that the official client is used for."""
    objects = connection.objects(Pod.resource)
    assert objects.create("shop", POD).status == 200
    assert objects.delete("shop", "a").status == 200
    assert watched(connection) == []


def streaming(asked: Asked) -> Answer:
    return Answer(raw=HEAD) if "watch" in asked.path else Answer()


def test_what_is_asked(api: Server, connected: Connect) -> None:
    api.answer = streaming
    connection = connected(api.url)
    every_way(connection)
    created, deleted, watch = api.asked
    assert (created.method, created.path, json.loads(created.body)) == ("POST", "/api/v1/namespaces/shop/pods", POD)
    assert created.headers["Content-Type"] == "application/json"
    assert (deleted.method, deleted.path, deleted.body) == ("DELETE", "/api/v1/namespaces/shop/pods/a", b"")
    path, _, parameters = watch.path.partition("?")
    assert (watch.method, path) == ("GET", "/api/v1/namespaces/shop/pods")
    assert sorted(parameters.split("&")) == ["allowWatchBookmarks=true", "labelSelector=app%3Dweb", "resourceVersion=5", "timeoutSeconds=5", "watch=true"]
    assert watch.headers["Accept-Encoding"] == "identity", "the official client reads a watch as it comes, and decompresses nothing"
    assert connection.requests == 3


def test_a_group_and_all_namespaces(api: Server, connected: Connect) -> None:
    api.answer = streaming
    assert list(connected(api.url).objects(EndpointSlice.resource).changes(None, "", "", "5", 1)) == []
    assert api.last.path.startswith("/apis/discovery.k8s.io/v1/endpointslices?")


def test_who_asks_and_for_whom(api: Server, connected: Connect) -> None:
    api.answer = streaming
    every_way(connected(api.url, {"token": "abc"}, as_user="jane", as_groups=("dev", "ops"), as_uid="7", as_user_extra={"scopes": ("a", "b")}))
    for asked in api.asked:
        assert asked.headers["Authorization"] == "Bearer abc" and asked.headers["User-Agent"].startswith("kubectl-svcdoctor/")
        assert asked.headers["Impersonate-User"] == "jane" and asked.headers["Impersonate-Uid"] == "7"
        assert asked.headers.get_all("Impersonate-Group") == ["dev", "ops"]
        assert asked.headers.get_all("Impersonate-Extra-scopes") == ["a", "b"]


def test_a_client_certificate(api: Server, connected: Connect, authority: trustme.CA) -> None:
    api.answer = streaming
    every_way(connected(api.url, data(authority.issue_cert("dev@example.com", common_name="dev"))))
    assert {asked.peer for asked in api.asked} == {"dev"}


def test_a_token_that_was_renewed(api: Server, connected: Connect, tmp_path: Path) -> None:
    for ask in (lambda objects: objects.create("shop", POD), lambda objects: list(objects.changes("shop", "", "", "5", 1))):
        (tmp_path / "token").write_text("old")

        def answer(asked: Asked) -> Answer:
            (tmp_path / "token").write_text("new")
            return streaming(asked) if asked.headers["Authorization"] == "Bearer new" else Answer(401)

        api.answer = answer
        ask(connected(api.url, {"tokenFile": "token"}).objects(Pod.resource))
        assert [asked.headers["Authorization"] for asked in api.asked[-2:]] == ["Bearer old", "Bearer new"]


def test_a_credential_plugin(api: Server, connected: Connect, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    told = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "from-plugin"}}
    plugin.write_text(f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    plugin.chmod(0o755)
    api.answer = streaming
    run = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}}
    every_way(connected(api.url, run))
    assert {asked.headers["Authorization"] for asked in api.asked} == {"Bearer from-plugin"}
    plugin.write_text("#!/bin/sh\nexit 1\n")
    for ask in (lambda objects: objects.create("shop", POD), lambda objects: list(objects.changes("shop", "", "", "5", 1))):
        with pytest.raises(CredentialTrouble):
            ask(connected(api.url, run).objects(Pod.resource))


def test_a_proxy_and_another_name_for_tls(api: Server, connected: Connect) -> None:
    api.answer = streaming
    with proxying() as proxy:
        proxy.to = int(api.url.rpartition(":")[2])
        every_way(connected("https://elsewhere.example:6443", proxy_url=f"http://127.0.0.1:{proxy.port}", tls_server_name="kubernetes.example"))
        assert {target for target, _ in proxy.asked} == {"elsewhere.example:6443"}


def test_the_environments_proxies_are_read_by_our_rules_alone(api: Server, connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    api.answer = streaming
    every_way(connected(api.url))


def test_a_certificate_that_is_not_trusted(api: Server, connected: Connect) -> None:
    api.answer = streaming
    every_way(connected(api.url, cluster={"insecure-skip-tls-verify": True}))
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    objects = connected(api.url, cluster={"certificate-authority-data": other}).objects(Pod.resource)
    with pytest.raises(TLSTrouble):
        objects.create("shop", POD)
    with pytest.raises(TLSTrouble):
        list(objects.changes("shop", "", "", "5", 1))


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 422, 500, 503])
def test_a_refusal_is_an_answer(status: int, api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(status, said("no"))
    objects = connected(api.url).objects(Pod.resource)
    for answer in (objects.create("shop", POD), objects.delete("shop", "a")):
        assert (answer.status, answer.body) == (status, said("no"))


def test_changes_as_they_come(api: Server, connected: Connect) -> None:
    api.answer = lambda asked: Answer(raw=HEAD + event("ADDED", "6", kind="Pod") + event("BOOKMARK", "9") + event("DELETED", "10"))
    changes = watched(connected(api.url))
    assert [(change.type, change.version) for change in changes] == [("ADDED", "6"), ("BOOKMARK", "9"), ("DELETED", "10")]
    assert json.loads(changes[0].body) == {"metadata": {"resourceVersion": "6"}, "kind": "Pod"}


@pytest.mark.parametrize(("answer", "kind", "words"), [
    (Answer(403, said("pods is forbidden")), Forbidden, "pods is forbidden"),
    (Answer(500, b"<html>"), Unreachable, "Internal Server Error"),
    (Answer(raw=HEAD + event("ERROR", code=410, reason="Expired", message="too old resource version")), Unreachable, "too old resource version"),
    (Answer(raw=HEAD + event("ERROR")), Unreachable, "answers a watch in its place"),
    (Answer(raw=HEAD + b"<html>\n"), Unreachable, "answers a watch in its place"),
    (Answer(raw=HEAD + b'{"type": "ADDED", "object": null}\n'), Unreachable, "answers a watch in its place"),
    (Answer(raw=HEAD.replace(b"Connection: close", b"Content-Length: 9999") + event()), Unreachable, "closed the connection in the middle"),
    (Answer(raw=b""), Unreachable, "closed the connection in the middle"),
])
def test_a_watch_that_breaks(answer: Answer, kind: type[Exception], words: str, api: Server, connected: Connect) -> None:
    api.answer = lambda asked: answer
    with pytest.raises(kind, match=words):
        watched(connected(api.url))


def test_a_watch_that_is_silent_beyond_its_time(api: Server, connected: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MARGIN", -0.8)
    api.answer = lambda asked: Answer(headers={"Content-Length": "9999"}, body=event())
    with pytest.raises(TimedOut):
        watched(connected(api.url), 1.0)


SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"},
           "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"], "ports": [{"port": 80, "targetPort": 80}]}}
LISTED = {"pods": ("Pod", "v1"), "services": ("Service", "v1"), "endpointslices": ("EndpointSlice", "discovery.k8s.io/v1"),
          "deployments": ("Deployment", "apps/v1"), "replicasets": ("ReplicaSet", "apps/v1"), "statefulsets": ("StatefulSet", "apps/v1")}


def almost_empty(asked: Asked) -> Answer:
    """A namespace with nothing but a Service."""
    path = asked.path.partition("?")[0]
    if path.endswith("/services/web"):
        return Answer(body=json.dumps(SERVICE).encode())
    kind, version = LISTED.get(path.rpartition("/")[2], ("", ""))
    return Answer(body=json.dumps({"kind": kind + "List", "apiVersion": version, "items": []}).encode()) if kind else Answer(404, said("not found"))


RUN = "import sys; from kubectl_svcdoctor.cli.main import status; print(status({argv!r})); assert 'kubernetes' not in sys.modules"


@pytest.mark.parametrize(("argv", "status"), [(["version"], 0), (["--help"], 0), (["rights"], 0), (["web", "-n", "shop", "--no-probe"], 1),
                                              (["web", "-n", "shop"], 1)])
def test_the_start_does_not_wait_for_it(argv: list[str], status: int, api: Server, kubeconfig: Callable[..., Path]) -> None:
    api.answer = almost_empty
    given = argv if "-n" not in argv else [*argv, f"--kubeconfig={kubeconfig(api.url)}"]
    done = subprocess.run([sys.executable, "-c", RUN.format(argv=given)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, str(status)), done.stdout + done.stderr


def test_nor_do_the_probes() -> None:
    modules = ("collect.connection.portforward", "collect.connection.execution", "probe.through_api", "probe.inside", "probe.own_pod")
    code = f"import sys, {', '.join(f'kubectl_svcdoctor.{name}' for name in modules)}; assert 'kubernetes' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
