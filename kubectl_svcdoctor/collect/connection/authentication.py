"""Which credentials the user of a kubeconfig means."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from kubectl_svcdoctor.collect.connection.credentials import Credentials, Fixed, TokenFile, bearer
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.collect.connection.tls import client_certificate
from kubectl_svcdoctor.errors import UserError


def credentials_for(target: Target, environ: Mapping[str, str], kuberc: str | None) -> Credentials:
    """The credentials of the target's user; none over plain HTTP. Raises UserError when the kubeconfig contradicts itself."""
    if not target.secure:
        return Fixed("", None)
    user, name = target.user, f'user "{target.user_name}"'
    if (user.username or user.password) and (user.token or user.token_file):
        raise UserError(f"{name} has both a token and a user name with password; remove one from the kubeconfig or the flags")
    client = client_certificate(user, target.user_name)
    if user.token_file:
        return TokenFile(user.token_file, user.token, client)
    if user.token:
        return Fixed(bearer(user.token, name), client)
    if user.username or user.password:
        pair = f"{user.username}:{user.password}".encode()
        return Fixed(f"Basic {base64.b64encode(pair).decode()}", client)
    if user.exec and not client:
        from kubectl_svcdoctor.collect.connection.exec_plugin import Plugin

        return Plugin(target, environ, kuberc)
    if user.auth_provider:
        from kubectl_svcdoctor.collect.connection.oidc import identity_provider

        return identity_provider(target, client, environ)
    return Fixed("", client)
