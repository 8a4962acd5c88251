"""What is shown to the API server, for each way of authentication that kubectl knows without a plugin."""

from __future__ import annotations

import base64
import errno
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, CredentialTrouble, connect
from kubectl_svcdoctor.collect.connection import credentials as module
from kubectl_svcdoctor.errors import UserError
from tests.unit.connection.conftest import base64_of
from tests.unit.connection.server import Answer, Asked, Server, serving

Connect = Callable[..., Connection]


@pytest.fixture(scope="module")
def leaf(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("dev@example.com", common_name="dev")


def chain(leaf: trustme.LeafCert) -> bytes:
    return b"".join(blob.bytes() for blob in leaf.cert_chain_pems)


def data(leaf: trustme.LeafCert) -> dict[str, str]:
    return {"client-certificate-data": base64.b64encode(chain(leaf)).decode(), "client-key-data": base64_of(leaf.private_key_pem)}


def test_a_token(api: Server, connected: Connect) -> None:
    connected(api.url, {"token": "abc"}).get("/")
    assert api.last.headers["Authorization"] == "Bearer abc"


def test_a_token_flag_beats_the_kubeconfigs(api: Server, connected: Connect) -> None:
    connected(api.url, {"token": "abc"}, token="flag").get("/")
    assert api.last.headers["Authorization"] == "Bearer flag"


def test_a_token_file_wins_over_an_inline_token_and_may_end_in_a_newline(api: Server, connected: Connect, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    connected(api.url, {"token": "inline", "tokenFile": "token"}).get("/")
    assert api.last.headers["Authorization"] == "Bearer from-file"


def test_an_inline_token_stands_in_for_a_file_that_is_away(api: Server, connected: Connect) -> None:
    connected(api.url, {"token": "inline", "tokenFile": "token"}).get("/")
    assert api.last.headers["Authorization"] == "Bearer inline"


def test_a_token_file_is_read_again_after_a_minute_and_after_a_401(tmp_path: Path) -> None:
    path, now = tmp_path / "token", 100.0
    path.write_text("one")
    source = module.TokenFile(str(path), "", None, lambda: now)
    assert source.authorization() == "Bearer one"
    path.write_text("two")
    assert source.authorization() == "Bearer one"
    assert source.renew("Bearer one") and not source.renew("Bearer two")
    path.write_text("three")
    now += 61
    assert source.authorization() == "Bearer three"
    path.unlink()
    now += 61
    assert source.authorization() == "Bearer three"


def test_a_request_is_sent_again_with_the_token_that_was_put_into_the_file(api: Server, connected: Connect, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")

    def answer(asked: Asked) -> Answer:
        (tmp_path / "token").write_text("new")
        return Answer(200 if asked.headers["Authorization"] == "Bearer new" else 401)

    api.answer = answer
    assert connected(api.url, {"tokenFile": "token"}).get("/").status == 200
    assert [asked.headers["Authorization"] for asked in api.asked] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(("content", "why"), [(None, os.strerror(errno.ENOENT).lower()), ("\n", "it is empty")])
def test_a_token_file_without_a_token(api: Server, connected: Connect, tmp_path: Path, content: str | None, why: str) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content)
    with pytest.raises(CredentialTrouble, match=f"no token in the token file '.*/token': {why}; log in again"):
        connected(api.url, {"tokenFile": "token"}).get("/")


@pytest.mark.parametrize("token", ["two\nlines", "a b", "ümlaut"])
def test_a_token_that_is_none(api: Server, connected: Connect, token: str) -> None:
    with pytest.raises(CredentialTrouble, match="has blanks, line ends or other characters") as caught:
        connected(api.url, {"token": token}).get("/")
    assert token not in caught.value.message


def test_name_and_password(api: Server, connected: Connect) -> None:
    connected(api.url, {"username": "ann", "password": "pä:ss"}).get("/")
    assert api.last.headers["Authorization"] == "Basic " + base64.b64encode("ann:pä:ss".encode()).decode()


def test_a_token_and_a_password_contradict_each_other(api: Server, connected: Connect) -> None:
    with pytest.raises(UserError, match='user "dev" has both a token and a user name') as caught:
        connected(api.url, {"token": "t"}, username="ann", password="p")
    assert caught.value.exit_status == 2


def test_a_client_certificate_in_the_kubeconfig(api: Server, connected: Connect, leaf: trustme.LeafCert) -> None:
    connected(api.url, data(leaf)).get("/")
    assert (api.last.peer, api.last.headers["Authorization"]) == ("dev", None)


def test_a_client_certificate_in_files_with_relative_paths(api: Server, connected: Connect, leaf: trustme.LeafCert, tmp_path: Path) -> None:
    (tmp_path / "dev.crt").write_bytes(chain(leaf))
    (tmp_path / "dev.key").write_bytes(leaf.private_key_pem.bytes())
    connected(api.url, {"client-certificate": "dev.crt", "client-key": "dev.key"}).get("/")
    assert api.last.peer == "dev"


def test_a_certificate_and_a_token_are_both_shown(api: Server, connected: Connect, leaf: trustme.LeafCert) -> None:
    connected(api.url, {**data(leaf), "token": "t"}).get("/")
    assert (api.last.peer, api.last.headers["Authorization"]) == ("dev", "Bearer t")


def test_the_private_key_does_not_stay_on_disk(
    api: Server, connected: Connect, leaf: trustme.LeafCert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    connected(api.url, data(leaf)).get("/")
    assert os.listdir(folder) == []


@pytest.mark.parametrize(("user", "told"), [
    ({"client-certificate-data": "QQ=="}, 'user "dev" has a client certificate but no key'),
    ({"client-certificate-data": "not base64!", "client-key-data": "QQ=="}, "client-certificate of user \"dev\" is not base64"),
    ({"client-certificate-data": "QQ==", "client-key-data": "QQ=="}, "certificate or key is no usable PEM"),
    ({"client-certificate": "missing.crt", "client-key": "missing.key"}, f"cannot be read from .*/missing.crt': {os.strerror(errno.ENOENT).lower()}"),
])
def test_client_certificates_that_cannot_be_used(api: Server, connected: Connect, user: Mapping[str, str], told: str) -> None:
    with pytest.raises(UserError, match=told) as caught:
        connected(api.url, user).get("/")
    assert caught.value.exit_status == 2


def test_a_key_of_another_certificate(api: Server, connected: Connect, authority: trustme.CA, leaf: trustme.LeafCert) -> None:
    other = authority.issue_cert("other@example.com")
    with pytest.raises(UserError, match="its key belongs to another certificate"):
        connected(api.url, {**data(leaf), "client-key-data": base64_of(other.private_key_pem)}).get("/")


def test_over_plain_http_no_credentials_are_sent(connected: Connect) -> None:
    with serving() as plain:
        connected(plain.url, {"token": "secret", "as": "jane"}).get("/")
        assert plain.last.headers["Authorization"] is None
        assert plain.last.headers["Impersonate-User"] == "jane"


def test_impersonation_in_the_kubeconfig(api: Server, connected: Connect) -> None:
    user = {"token": "t", "as": "jane", "as-uid": "7", "as-groups": ["dev", "ops"], "as-user-extra": {"example.com/Scopes": ["a", "ü"]}}
    connected(api.url, user).get("/")
    headers = api.last.headers
    assert (headers["Impersonate-User"], headers["Impersonate-Uid"], headers.get_all("Impersonate-Group")) == ("jane", "7", ["dev", "ops"])
    extra = headers.get_all("Impersonate-Extra-example.com%2FScopes") or []
    assert [value.encode("latin-1").decode() for value in extra] == ["a", "ü"]


def test_impersonation_by_flags(api: Server, connected: Connect) -> None:
    connected(api.url, {"as": "jane"}, as_user="joe", as_groups=("g",), as_user_extra={"k": ("v",)}).get("/")
    headers = api.last.headers
    assert (headers["Impersonate-User"], headers["Impersonate-Group"], headers["Impersonate-Extra-k"]) == ("joe", "g", "v")


def test_an_impersonated_name_must_fit_into_a_header(api: Server, connected: Connect) -> None:
    with pytest.raises(UserError, match="cannot be impersonated"):
        connected(api.url, as_user="jane\r\nX-Evil: 1")


def test_nobody(api: Server, connected: Connect) -> None:
    connected(api.url).get("/")
    assert (api.last.headers["Authorization"], api.last.peer) == (None, None)


def jwt(expiry: float) -> str:
    claims = base64.urlsafe_b64encode(f'{{"exp": {expiry}}}'.encode()).rstrip(b"=").decode()
    return f"e30.{claims}.c2ln"


@pytest.mark.parametrize(("user", "told"), [
    ({}, "wants credentials and there are none; add a user"),
    ({"token": "opaque"}, 'does not accept the credentials of user "dev"; log in again'),
    ({"token": jwt(1_700_000_000)}, 'the credentials of user "dev" have expired: the token was valid until 2023-11-14 22:13 UTC; log in again'),
    ({"token": jwt(9_999_999_999)}, 'does not accept the credentials of user "dev"'),
    ({"token": "a.b.c"}, 'does not accept the credentials of user "dev"'),
])
def test_what_a_401_means(api: Server, connected: Connect, user: Mapping[str, Any], told: str) -> None:
    api.answer = lambda asked: Answer(401)
    connection = connected(api.url, user)
    assert connection.get("/").status == 401
    trouble = connection.refused()
    assert told in trouble.message and trouble.exit_status == 3


def test_an_expired_client_certificate_is_told_with_its_date(api: Server, connected: Connect, authority: trustme.CA) -> None:
    ended = datetime.now(UTC) - timedelta(days=3)
    expired = authority.issue_cert("old@example.com", not_after=ended)
    connection = connected(api.url, data(expired))
    assert f"the client certificate was valid until {ended:%Y-%m-%d %H:%M} UTC" in connection.refused().message


def test_options_do_not_show_secrets() -> None:
    shown = repr(ConnectionOptions(token="secret-token", password="secret-password"))
    assert "secret-" not in shown


def test_connecting_sends_nothing(api: Server, kubeconfig: Any) -> None:
    connection = connect(ConnectionOptions(kubeconfig=str(kubeconfig(api.url, {"token": "t"}))), {})
    assert (connection.requests, api.asked) == (0, [])
    assert (connection.context, connection.server, connection.namespace, connection.user) == ("dev", api.url, "default", "dev")
