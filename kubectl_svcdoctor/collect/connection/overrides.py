"""Flags over what the kubeconfig says of a cluster and a user (tools/clientcmd/client_config.go)."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from kubectl_svcdoctor.collect.connection.shapes import Cluster, User
from kubectl_svcdoctor.errors import UserError


def with_cluster_flags(cluster: Cluster, options: ConnectionOptions, environ: Mapping[str, str]) -> Cluster:
    """A flag for the CA or against checking replaces all that the kubeconfig says of both; --server drops tls-server-name."""
    said: dict[str, object] = _given(server=options.server, proxy_url=options.proxy_url)
    if options.disable_compression:
        said["disable_compression"] = True
    if options.insecure_skip_tls_verify or options.certificate_authority:
        said |= {"insecure_skip_tls_verify": options.insecure_skip_tls_verify, "certificate_authority_data": "",
                 "certificate_authority": os.path.abspath(options.certificate_authority) if options.certificate_authority else ""}
    if options.server or options.tls_server_name:
        said["tls_server_name"] = options.tls_server_name or ""
    chosen = msgspec.structs.replace(cluster, **said)
    if not chosen.server:
        chosen.server = environ.get("KUBERNETES_MASTER", "")
    return chosen


def with_user_flags(user: User, options: ConnectionOptions) -> User:
    said: dict[str, object] = _given(
        token=options.token, username=options.username, password=options.password, as_user=options.as_user,
        as_uid=options.as_uid, as_groups=list(options.as_groups),
    )
    if options.as_user_extra:
        extra = {key: list(values) for key, values in options.as_user_extra.items()}
        said["as_user_extra"] = {**user.as_user_extra, **extra}
    if options.client_certificate:
        said |= {"client_certificate": os.path.abspath(options.client_certificate), "client_certificate_data": ""}
    if options.client_key:
        said |= {"client_key": os.path.abspath(options.client_key), "client_key_data": ""}
    chosen = msgspec.structs.replace(user, **said)
    if (chosen.as_uid or chosen.as_groups or chosen.as_user_extra) and not chosen.as_user:
        raise UserError("a group, a UID or an extra is to be impersonated, but no user; add --as USER")
    return chosen


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
