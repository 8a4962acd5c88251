"""Identity providers: a token that has expired is renewed over checked TLS, and written back so that kubectl can go on."""

from __future__ import annotations

import base64
import errno
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
import yaml

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, CredentialTrouble, connect
from kubectl_svcdoctor.errors import UserError
from tests.unit.connection.conftest import base64_of
from tests.unit.connection.server import Answer, Asked, Server, serving

Connect = Callable[..., Connection]


def token(name: str, seconds: float) -> str:
    """A JSON Web Token that ends in so many seconds; nobody checks its signature here."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": name, "exp": time.time() + seconds}).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{claims}.c2ln"


OLD, NEW = token("old", -60), token("new", 600)


@dataclass
class Provider:
    """An identity provider: `grant` is its answer to a good refresh token."""

    server: Server
    grant: dict[str, Any] = field(default_factory=lambda: {"id_token": NEW})
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)
    wants_form: bool = False

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/.well-known/openid-configuration"):
            return Answer(200, json.dumps({"token_endpoint": self.server.url + "/token"}).encode())
        form = parse_qs(asked.body.decode())
        self.forms.append(form)
        self.logins.append(asked.headers["Authorization"])
        if form["refresh_token"] != ["good"]:
            return Answer(400, b'{"error":"invalid_grant","error_description":"Session not active"}')
        if self.wants_form and "client_secret" not in form:
            return Answer(401, b'{"error":"invalid_client"}')
        return Answer(200, json.dumps(self.grant).encode())


@pytest.fixture
def provider(server_tls: ssl.SSLContext) -> Iterator[Provider]:
    with serving(server_tls) as server:
        running = Provider(server)
        server.answer = running.answer
        yield running


@pytest.fixture
def user(provider: Provider, authority: trustme.CA) -> Callable[..., dict[str, Any]]:
    def make(**config: str) -> dict[str, Any]:
        return {"auth-provider": {"name": "oidc", "config": {
            "idp-issuer-url": provider.server.url + "/", "client-id": "kubernetes", "client-secret": "s:s", "id-token": OLD,
            "refresh-token": "good", "idp-certificate-authority-data": base64_of(authority.cert_pem), **config}}}

    return make


User = Callable[..., dict[str, Any]]


def test_a_token_that_is_valid_is_used(api: Server, connected: Connect, provider: Provider, user: User) -> None:
    connected(api.url, user(**{"id-token": NEW})).get("/")
    assert (api.last.headers["Authorization"], provider.forms) == (f"Bearer {NEW}", [])


def test_a_token_that_has_expired_is_renewed_once_and_written_back(
    api: Server, kubeconfig: Any, provider: Provider, user: User
) -> None:
    provider.grant["refresh_token"] = "next"
    path: Path = kubeconfig(api.url, user())
    path.write_text("# mine\n" + path.read_text())
    path.chmod(0o640)
    connection = connect(ConnectionOptions(kubeconfig=str(path)), {})
    connection.get("/")
    connection.get("/")
    assert [asked.headers["Authorization"] for asked in api.asked] == [f"Bearer {NEW}"] * 2
    assert provider.forms == [{"grant_type": ["refresh_token"], "refresh_token": ["good"]}]
    assert provider.logins == ["Basic " + base64.b64encode(b"kubernetes:s%3As").decode()]
    written = path.read_text()
    config = yaml.safe_load(written)["users"][0]["user"]["auth-provider"]["config"]
    assert (config["id-token"], config["refresh-token"]) == (NEW, "next")
    assert written.startswith("# mine\n") and path.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in path.parent.iterdir()) == ["config"]


def test_a_provider_that_wants_the_secret_in_the_form(api: Server, connected: Connect, provider: Provider, user: User) -> None:
    provider.wants_form = True
    connected(api.url, user()).get("/")
    assert (provider.forms[-1]["client_id"], provider.forms[-1]["client_secret"]) == (["kubernetes"], ["s:s"])
    assert api.last.headers["Authorization"] == f"Bearer {NEW}"


def test_a_first_token_is_written_by_writing_the_file_anew(api: Server, kubeconfig: Any, user: User) -> None:
    login = user()
    del login["auth-provider"]["config"]["id-token"]
    path = kubeconfig(api.url, login)
    connect(ConnectionOptions(kubeconfig=str(path)), {}).get("/")
    assert yaml.safe_load(path.read_text())["users"][0]["user"]["auth-provider"]["config"]["id-token"] == NEW


def test_a_kubeconfig_that_cannot_be_written_is_warned_about(api: Server, kubeconfig: Any, user: User) -> None:
    path = kubeconfig(api.url, user())
    Path(f"{path}.lock").touch()
    connection = connect(ConnectionOptions(kubeconfig=str(path)), {})
    assert connection.get("/").status == 200
    assert connection.warnings == [f"the renewed tokens could not be written to {path} ({os.strerror(errno.EEXIST).lower()}); you may have to log in again"]


def test_the_providers_certificate_is_checked(api: Server, connected: Connect, provider: Provider, user: User) -> None:
    login = user()
    del login["auth-provider"]["config"]["idp-certificate-authority-data"]
    with pytest.raises(CredentialTrouble, match=r"cannot be renewed: the certificate of the identity provider .* unknown authority"):
        connected(api.url, login).get("/")
    assert provider.forms == []


def test_an_authority_file_beside_the_kubeconfig(
    api: Server, connected: Connect, user: User, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "idp.crt"))
    connected(api.url, user(**{"idp-certificate-authority": "idp.crt", "idp-certificate-authority-data": ""})).get("/")
    assert api.last.headers["Authorization"] == f"Bearer {NEW}"


@pytest.mark.parametrize(("config", "why"), [
    ({"refresh-token": ""}, 'the ID token of user "dev" has expired and there is no refresh token; log in again'),
    ({"refresh-token": "bad"}, r"answered with status 400 \(Session not active\); log in again"),
    ({"idp-issuer-url": "https://idp.invalid"}, "the name idp.invalid does not resolve"),
])
def test_a_token_that_cannot_be_renewed(api: Server, connected: Connect, user: User, config: dict[str, str], why: str) -> None:
    with pytest.raises(CredentialTrouble, match=why) as caught:
        connected(api.url, user(**config)).get("/")
    assert "good" not in caught.value.message and api.asked == []


@pytest.mark.parametrize("grant", [{}, {"id_token": ""}, {"id_token": 5}])
def test_a_provider_that_gives_no_id_token(api: Server, connected: Connect, provider: Provider, user: User, grant: dict[str, Any]) -> None:
    provider.grant = grant
    with pytest.raises(CredentialTrouble, match='gave none; log in again with the scope "openid"'):
        connected(api.url, user()).get("/")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"token_endpoint": 5}'])
def test_a_provider_that_is_none(api: Server, connected: Connect, provider: Provider, user: User, body: bytes) -> None:
    provider.server.answer = lambda asked: Answer(200, body)
    with pytest.raises(CredentialTrouble, match=r"names no token endpoint|no reason given"):
        connected(api.url, user()).get("/")


@pytest.mark.parametrize(("auth", "why"), [
    ({"name": "gcp"}, 'the auth-provider "gcp", which kubectl no longer knows; use the credential plugin gke-gcloud-auth-plugin'),
    ({"name": "oidc"}, "has an auth-provider without idp-issuer-url"),
    ({"name": "oidc", "config": {"idp-issuer-url": "https://x"}}, "has an auth-provider without client-id"),
])
def test_an_auth_provider_that_cannot_be_used(api: Server, connected: Connect, auth: dict[str, Any], why: str) -> None:
    with pytest.raises(UserError, match=why) as caught:
        connected(api.url, {"auth-provider": auth})
    assert caught.value.exit_status == 2
