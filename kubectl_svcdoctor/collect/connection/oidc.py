"""Tokens of an OpenID Connect identity provider, refreshed as kubectl does (plugin/pkg/client/auth/oidc).

The official client's refresh is not used: without a CA in the kubeconfig it sends the refresh token over unchecked TLS.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kubectl_svcdoctor.collect.connection import token_store
from kubectl_svcdoctor.collect.connection.credentials import Credentials, bearer
from kubectl_svcdoctor.collect.connection.expiry import expiry_of_token
from kubectl_svcdoctor.collect.connection.pool import pool
from kubectl_svcdoctor.collect.connection.proxies import proxy_for
from kubectl_svcdoctor.collect.connection.shapes import AuthProvider, Cluster
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.collect.connection.tls import Certificate, context, proxy_context
from kubectl_svcdoctor.collect.connection.token_endpoint import TokenEndpoint
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble
from kubectl_svcdoctor.errors import UserError

# A token that is about to expire may be expired for a server whose clock is ahead.
_MARGIN = timedelta(seconds=10)


def identity_provider(target: Target, client: Certificate | None, environ: Mapping[str, str]) -> Credentials:
    """The credentials of an `auth-provider`. Raises UserError for one that kubectl has dropped, or an incomplete one."""
    provider = target.user.auth_provider or AuthProvider()
    who = f'user "{target.user_name}"'
    if provider.name != "oidc":
        instead = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}.get(provider.name, "its successor")
        raise UserError(f'{who} has the auth-provider "{provider.name}", which kubectl no longer knows; '
                        f"use the credential plugin {instead}")
    for name in ("idp-issuer-url", "client-id"):
        if not provider.config.get(name):
            raise UserError(f"{who} has an auth-provider without {name}; add it to its config in the kubeconfig")
    return OpenIDConnect(target, provider.config, client, environ)


class OpenIDConnect:
    """An ID token, renewed with the refresh token when it is about to expire and written back to the kubeconfig."""

    def __init__(self, target: Target, config: Mapping[str, str], client: Certificate | None, environ: Mapping[str, str]) -> None:
        self._target, self._config, self._client, self._environ = target, dict(config), client, environ
        self._lock = threading.Lock()

    def authorization(self) -> str:
        with self._lock:
            token = self._config.get("id-token", "")
            expiry = expiry_of_token(token)
            if not token or expiry is None or expiry - _MARGIN <= datetime.now(UTC):
                self._refresh()
        return bearer(self._config["id-token"], f"the answer of {self._config['idp-issuer-url']}")

    def certificate(self) -> Certificate | None:
        return self._client

    def renew(self, refused: str) -> bool:
        return False

    def _refresh(self) -> None:
        """New tokens. A provider may honour each refresh token only once, so the new one must reach the kubeconfig."""
        who = f'the ID token of user "{self._target.user_name}"'
        if not self._config.get("refresh-token"):
            raise CredentialTrouble(f"{who} has expired and there is no refresh token; log in again with your identity provider's tool")
        before = dict(self._config)
        self._config |= self._endpoint(who).refreshed()
        origin = self._target.user.origin
        try:
            token_store.replace(origin, self._target.user_name, before, self._config)
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "its text cannot be read").lower()
            self._target.warnings.append(f"the renewed tokens could not be written to {origin} ({why}); you may have to log in again")

    def _endpoint(self, who: str) -> TokenEndpoint:
        authority = Cluster(certificate_authority=self._config.get("idp-certificate-authority", ""),
                            certificate_authority_data=self._config.get("idp-certificate-authority-data", ""))
        if authority.certificate_authority:
            folder = os.path.dirname(os.path.abspath(self._target.user.origin))
            authority.certificate_authority = os.path.join(folder, authority.certificate_authority)
        proxy = proxy_for(self._config["idp-issuer-url"], "", self._environ)
        return TokenEndpoint(pool(context(authority, None), "", proxy, lambda: proxy_context(authority)), self._config, who)
