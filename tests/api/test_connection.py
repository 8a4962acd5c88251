"""The connection against a real API server, with kubectl as the judge of who we are."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_svcdoctor.collect.connection import Connection, ConnectionOptions, Unreachable, connect
from tests.lab.certificates import kubeconfig
from tests.lab.controlplane import ControlPlane
from tests.lab.kubectl import Kubectl

REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
NOBODY = Path("/nonexistent")


def connected(path: Path, **flags: Any) -> Connection:
    return connect(ConnectionOptions(kubeconfig=str(path), **flags), {"HOME": str(NOBODY)})


def who(connection: Connection) -> dict[str, Any]:
    """The user that the API server sees."""
    response = connection.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", REVIEW)
    assert response.status == 201, response.body
    found: dict[str, Any] = json.loads(response.body)["status"]["userInfo"]
    return found


def told(kubectl: Kubectl, *flags: str) -> dict[str, Any]:
    """The same, by kubectl."""
    found: dict[str, Any] = json.loads(kubectl("auth", "whoami", "-o", "json", *flags).stdout)["status"]["userInfo"]
    return found


@pytest.fixture
def token(kubectl: Kubectl, namespace: str) -> str:
    """A token of a service account in a namespace of the test's own."""
    assert kubectl("create", "serviceaccount", "robot", "-n", namespace).returncode == 0
    return kubectl("create", "token", "robot", "-n", namespace).stdout.strip()


def with_user(path: Path, into: Path, user: dict[str, Any]) -> Path:
    """The kubeconfig with another way to authenticate."""
    content = yaml.safe_load(path.read_text())
    content["users"][0]["user"] = user
    into.write_text(yaml.safe_dump(content))
    return into


def test_a_client_certificate(control_plane: ControlPlane) -> None:
    assert who(connected(control_plane.account("ann", ("dev", "ops"))))["username"] == "ann"


def test_a_list_is_compressed_on_the_wire_and_plain_in_hand(control_plane: ControlPlane) -> None:
    connection = connected(control_plane.admin_kubeconfig)
    response = connection.get("/api/v1/namespaces", {"limit": "500"})
    assert response.status == 200 and json.loads(response.body)["kind"] == "NamespaceList"
    assert response.date and abs(datetime.now(UTC) - response.date) < timedelta(minutes=1)
    assert connection.requests == 1


def test_impersonation_is_what_kubectl_makes_of_it(control_plane: ControlPlane, kubectl: Kubectl) -> None:
    flags = ["--as=jane", "--as-group=dev", "--as-group=öps", "--as-uid=7"]
    ours = connected(control_plane.admin_kubeconfig, as_user="jane", as_groups=("dev", "öps"), as_uid="7")
    assert who(ours) == told(kubectl, *flags)


def test_impersonation_in_the_kubeconfig_is_obeyed(control_plane: ControlPlane, tmp_path: Path) -> None:
    content = yaml.safe_load(control_plane.admin_kubeconfig.read_text())
    content["users"][0]["user"] |= {"as": "jane", "as-groups": ["dev"], "as-user-extra": {"example.com/Scopes": ["a", "b"]}}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(content))
    user = who(connected(path))
    assert user["username"] == "jane" and "dev" in user["groups"]
    assert user["extra"] == {"example.com/scopes": ["a", "b"]}
    assert user == told(Kubectl(path))


def test_a_token_from_a_file_and_from_a_plugin(control_plane: ControlPlane, tmp_path: Path, token: str, namespace: str) -> None:
    robot = f"system:serviceaccount:{namespace}:robot"
    (tmp_path / "token").write_text(token + "\n")
    by_file = with_user(control_plane.admin_kubeconfig, tmp_path / "file", {"tokenFile": "token"})
    assert who(connected(by_file))["username"] == robot
    plugin = tmp_path / "plugin"
    version = "client.authentication.k8s.io/v1"
    plugin.write_text(f"#!{sys.executable}\nimport json\ntoken = open({str(tmp_path / 'token')!r}).read().strip()\n"
                      f"print(json.dumps({{'kind': 'ExecCredential', 'apiVersion': '{version}', 'status': {{'token': token}}}}))\n")
    plugin.chmod(0o755)
    spec = {"command": "./plugin", "apiVersion": version, "interactiveMode": "Never"}
    by_plugin = with_user(control_plane.admin_kubeconfig, tmp_path / "exec", {"exec": spec})
    assert who(connected(by_plugin)) == who(connected(by_file))


def test_a_token_that_is_not_accepted(control_plane: ControlPlane, tmp_path: Path) -> None:
    connection = connected(with_user(control_plane.admin_kubeconfig, tmp_path / "config", {"token": "made-up"}))
    assert connection.get("/api/v1/pods").status == 401
    assert connection.refused().message.startswith(f"the API server {control_plane.server} does not accept the credentials of user ")


def test_an_expired_client_certificate(control_plane: ControlPlane, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    expired = control_plane.authority.client("late", valid=(now - timedelta(days=9), now - timedelta(days=2)))
    path = kubeconfig(tmp_path / "config", server=control_plane.server, authority=control_plane.authority.certificate,
                      client=expired, user="late")
    connection = connected(path)
    assert connection.get("/api/v1/pods").status == 401
    assert "have expired: the client certificate was valid until" in connection.refused().message
    assert connection.refused().exit_status == 3


def test_nobody_is_anonymous(control_plane: ControlPlane, tmp_path: Path) -> None:
    connection = connected(with_user(control_plane.admin_kubeconfig, tmp_path / "config", {}))
    response = connection.get("/api/v1/pods")
    assert response.status in (401, 403)


def test_a_port_forward_that_cannot_be_tells_the_api_servers_words(control_plane: ControlPlane, namespace: str) -> None:
    connection = connected(control_plane.admin_kubeconfig)
    with pytest.raises(Unreachable, match=r'port 80 of pod missing cannot be forwarded: pods "missing" not found'):
        connection.port_forward(namespace, "missing", 80, 10)
    outsider = connected(control_plane.account("outsider"))
    with pytest.raises(Unreachable, match=r'"missing" is forbidden: User "outsider" cannot'):
        outsider.port_forward(namespace, "missing", 80, 10)
