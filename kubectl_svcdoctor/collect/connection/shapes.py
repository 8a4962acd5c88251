"""A kubeconfig file as values (tools/clientcmd/api/v1/types.go). A field that is not there is empty."""

from __future__ import annotations

from typing import Any

import msgspec


class _Kebab(msgspec.Struct, rename="kebab"):
    pass


class Extension(msgspec.Struct):
    name: str = ""
    extension: Any = None


class Cluster(_Kebab):
    """Fields of a `clusters` entry; `origin` is the file that it came from."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[Extension] = []
    origin: str = msgspec.field(default="", name=" origin")


class Variable(msgspec.Struct):
    name: str = ""
    value: str = ""


class Exec(msgspec.Struct, rename="camel"):
    """A credential plugin."""

    command: str = ""
    args: list[str] = []
    env: list[Variable] = []
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class AuthProvider(msgspec.Struct):
    name: str = ""
    config: dict[str, str] = {}


class User(_Kebab):
    """Fields of a `users` entry; `origin` is the file that it came from."""

    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    as_user: str = msgspec.field(default="", name="as")
    as_uid: str = ""
    as_groups: list[str] = []
    as_user_extra: dict[str, list[str]] = {}
    username: str = ""
    password: str = ""
    auth_provider: AuthProvider | None = None
    exec: Exec | None = None
    origin: str = msgspec.field(default="", name=" origin")


class Context(_Kebab):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class NamedCluster(msgspec.Struct):
    name: str = ""
    cluster: Cluster = msgspec.field(default_factory=Cluster)


class NamedUser(msgspec.Struct):
    name: str = ""
    user: User = msgspec.field(default_factory=User)


class NamedContext(msgspec.Struct):
    name: str = ""
    context: Context = msgspec.field(default_factory=Context)


class File(_Kebab):
    kind: str = ""
    clusters: list[NamedCluster] = []
    users: list[NamedUser] = []
    contexts: list[NamedContext] = []
    current_context: str = ""
