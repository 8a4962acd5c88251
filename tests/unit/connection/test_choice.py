"""Which cluster, user and namespace are chosen, and what is said when that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_svcdoctor.collect.connection.choice import choose
from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.errors import UserError

CONFIG: dict[str, Any] = {
    "current-context": "dev",
    "clusters": [
        {"name": "dev", "cluster": {"server": "https://dev:6443/", "tls-server-name": "api", "certificate-authority-data": "QQ=="}},
        {"name": "prod", "cluster": {"server": "https://prod", "proxy-url": "http://proxy:3128"}},
        {"name": "empty", "cluster": {}},
    ],
    "users": [
        {"name": "ann", "user": {"token": "t", "client-certificate-data": "QQ==", "client-key-data": "QQ=="}},
        {"name": "bob", "user": {"as": "jane", "as-groups": ["a"], "as-user-extra": {"x": ["1"], "y": ["2"]}}},
    ],
    "contexts": [
        {"name": "dev", "context": {"cluster": "dev", "user": "ann", "namespace": "shop"}},
        {"name": "prod", "context": {"cluster": "prod", "user": "bob"}},
        {"name": "lost", "context": {"cluster": "gone", "user": "gone"}},
        {"name": "nobody", "context": {"cluster": "dev", "user": "gone"}},
        {"name": "empty", "context": {"cluster": "empty", "user": "ann"}},
    ],
}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(CONFIG))
    return str(path)


def chosen(config: str, environ: dict[str, str] | None = None, **flags: Any) -> Target:
    return choose(ConnectionOptions(kubeconfig=config, **flags), environ or {}, Path("/nonexistent"))


def test_the_current_context(config: str) -> None:
    target = chosen(config)
    assert (target.context, target.server, target.namespace, target.user_name) == ("dev", "https://dev:6443", "shop", "ann")


def test_another_context_without_a_namespace(config: str) -> None:
    target = chosen(config, context="prod")
    assert (target.context, target.server, target.namespace, target.user_name) == ("prod", "https://prod", "default", "bob")


def test_a_namespace_flag_beats_the_context(config: str) -> None:
    assert chosen(config, namespace="cart").namespace == "cart"


def test_cluster_and_user_flags_beat_the_context(config: str) -> None:
    target = chosen(config, cluster="prod", user="bob")
    assert (target.server, target.user.as_user, target.context) == ("https://prod", "jane", "dev")


def test_another_server_drops_the_name_for_its_certificate(config: str) -> None:
    target = chosen(config, server="https://other:1")
    assert (target.server, target.cluster.tls_server_name, target.cluster.certificate_authority_data) == ("https://other:1", "", "QQ==")
    assert chosen(config, server="https://other:1", tls_server_name="x").cluster.tls_server_name == "x"


def test_flags_about_trust_replace_what_the_kubeconfig_says_of_it(config: str) -> None:
    insecure = chosen(config, insecure_skip_tls_verify=True).cluster
    assert (insecure.insecure_skip_tls_verify, insecure.certificate_authority_data) == (True, "")
    other = chosen(config, certificate_authority="/ca").cluster
    assert (other.certificate_authority, other.certificate_authority_data) == ("/ca", "")


def test_flags_about_the_user(config: str) -> None:
    user = chosen(config, token="flag", client_certificate="/c", client_key="/k").user
    assert (user.token, user.client_certificate, user.client_certificate_data, user.client_key_data) == ("flag", "/c", "", "")
    impersonated = chosen(config, context="prod", as_user="joe", as_uid="7", as_user_extra={"x": ("3",)}).user
    assert (impersonated.as_user, impersonated.as_uid, impersonated.as_groups) == ("joe", "7", ["a"])
    assert impersonated.as_user_extra == {"x": ["3"], "y": ["2"]}
    assert chosen(config, proxy_url="http://p", disable_compression=True).cluster.disable_compression


def test_a_user_that_nobody_defines_is_not_needed_with_a_token(config: str) -> None:
    assert chosen(config, context="nobody", token="t").user.token == "t"


@pytest.mark.parametrize(("flags", "told"), [
    ({"context": "dve"}, 'context "dve" does not exist; choose --context from: dev'),
    ({"cluster": "pord"}, 'cluster "pord" does not exist; choose --cluster from: prod'),
    ({"user": "zoe"}, 'user "zoe" does not exist; choose --user from: ann, bob'),
    ({"context": "lost"}, 'context "lost" names the cluster "gone", which the kubeconfig does not define; choose --cluster from: dev'),
    ({"context": "nobody"}, 'context "nobody" names the user "gone", which the kubeconfig does not define; choose --user from: ann, bob'),
    ({"context": "empty"}, 'cluster "empty" has no server in the kubeconfig; add one, or give --server'),
    ({"as_groups": ("g",)}, "add --as USER"),
    ({"server": "ftp://x"}, 'the server "ftp://x" is not an address'),
    ({"server": "https://"}, "is not an address"),
    ({"server": "https://x:port"}, "is not an address"),
    ({"server": "https://[::1"}, "is not an address"),
])
def test_what_cannot_be_chosen(config: str, flags: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as caught:
        chosen(config, **flags)
    assert told in caught.value.message and caught.value.exit_status == 2


@pytest.mark.parametrize(("content", "told"), [
    ({}, r"no cluster is configured \(looked in .*config\); set KUBECONFIG"),
    ({"current-context": "x"}, r'the current context "x" does not exist in the kubeconfig; no kubeconfig defines a context \(read: '),
    ({"contexts": CONFIG["contexts"]}, "no context is chosen; choose --context from: dev, empty, lost"),
])
def test_a_kubeconfig_without_what_is_needed(tmp_path: Path, content: dict[str, Any], told: str) -> None:
    (tmp_path / "config").write_text(yaml.safe_dump(content))
    with pytest.raises(UserError, match=told):
        chosen(str(tmp_path / "config"))


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no cluster is configured \(looked in .*/.kube/config\); set KUBECONFIG, or give --kubeconfig or --server"):
        choose(ConnectionOptions(), {"HOME": str(tmp_path)}, Path("/nonexistent"))
    assert choose(ConnectionOptions(server="https://x"), {"HOME": str(tmp_path)}).server == "https://x"
    assert choose(ConnectionOptions(), {"HOME": str(tmp_path), "KUBERNETES_MASTER": "https://m"}).server == "https://m"


def test_files_of_kubeconfig_that_are_all_missing_are_warned_about(tmp_path: Path) -> None:
    target = choose(ConnectionOptions(server="https://x"), {"KUBECONFIG": str(tmp_path / "no")})
    assert target.warnings == [f"no file of KUBECONFIG exists: {tmp_path / 'no'}"]


@pytest.mark.parametrize(("flags", "server"), [
    ({"server": "x:8080"}, "http://x:8080"),
    ({"server": "x:8080", "certificate_authority": "/ca"}, "https://x:8080"),
    ({"server": "x", "insecure_skip_tls_verify": True}, "https://x"),
    ({"server": "https://user:secret@x/api/"}, "https://x/api"),
])
def test_a_server_without_a_scheme(tmp_path: Path, flags: dict[str, Any], server: str) -> None:
    assert choose(ConnectionOptions(**flags), {"HOME": str(tmp_path)}).server == server


@pytest.fixture
def account(tmp_path: Path) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    for name, content in {"token": "from-the-pod\n", "ca.crt": "-", "namespace": "shop\n"}.items():
        (folder / name).write_text(content)
    return folder


def test_in_a_pod_the_service_account_is_used(account: Path, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    target = choose(ConnectionOptions(as_user="jane"), environ, account)
    assert (target.context, target.server, target.namespace) == (None, "https://[fd00::1]:443", "shop")
    assert target.cluster.certificate_authority == str(account / "ca.crt")
    assert (target.user.token_file, target.user.as_user) == (str(account / "token"), "jane")
    assert choose(ConnectionOptions(), {**environ, "POD_NAMESPACE": "cart"}, account).namespace == "cart"
    assert choose(ConnectionOptions(token="t"), environ, account).user.token_file == ""


def test_in_a_pod_a_kubeconfig_comes_first(account: Path, config: str) -> None:
    environ = {"KUBECONFIG": config, "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    assert choose(ConnectionOptions(), environ, account).server == "https://dev:6443"
