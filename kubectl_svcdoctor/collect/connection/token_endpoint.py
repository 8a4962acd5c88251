"""The HTTP side of a token refresh: OpenID Connect Discovery 1.0, section 4, and RFC 6749, section 6."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import urllib3

from kubectl_svcdoctor.collect.connection.translate import trouble
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble

SECONDS = 15.0


@dataclass(frozen=True)
class TokenEndpoint:
    """An identity provider's endpoint for the `config` of an auth-provider; `who` names the token in errors."""

    connections: urllib3.PoolManager
    config: Mapping[str, str] = field(repr=False)
    who: str

    def refreshed(self) -> dict[str, str]:
        """A new `id-token`, and a new `refresh-token` if the provider gave one. Raises CredentialTrouble."""
        answer = self._granted({"grant_type": "refresh_token", "refresh_token": self.config["refresh-token"]})
        fresh, again = answer.get("id_token"), answer.get("refresh_token")
        if not isinstance(fresh, str) or not fresh:
            raise CredentialTrouble(f'{self.who} cannot be renewed: {self._issuer} gave none; log in again with the scope "openid"')
        return {"id-token": fresh} | ({"refresh-token": again} if isinstance(again, str) and again else {})

    @property
    def _issuer(self) -> str:
        return f"the identity provider {self.config['idp-issuer-url']}"

    def _granted(self, form: dict[str, str]) -> dict[str, Any]:
        """The endpoint's answer. Like Go's oauth2, the client shows its secret in a header, and in the form if that is refused."""
        base = self.config["idp-issuer-url"].removesuffix("/")
        found = self._understood(*self._send("GET", base + "/.well-known/openid-configuration", {}, {}))
        endpoint = found.get("token_endpoint")
        if not isinstance(endpoint, str):
            raise CredentialTrouble(f"{self.who} cannot be renewed: {self._issuer} names no token endpoint; check idp-issuer-url")
        name, secret = self.config["client-id"], self.config.get("client-secret", "")
        login = base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()
        status, content = self._send("POST", endpoint, {"Authorization": f"Basic {login}"}, form)
        if 400 <= status < 500:
            shown = {"client_id": name} | ({"client_secret": secret} if secret else {})
            status, content = self._send("POST", endpoint, {}, form | shown)
        return self._understood(status, content)

    def _send(self, method: str, url: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        """The status and the JSON, None when it is none."""
        body = urlencode(form).encode() if form else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        try:
            answer = self.connections.request(method, url, body=body, headers=headers | kind, timeout=SECONDS, retries=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            told = trouble(error, url, "", SECONDS).message.replace("the API server", "the identity provider")
            raise CredentialTrouble(f"{self.who} cannot be renewed: {told}") from None
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, None

    def _understood(self, status: int, content: Any) -> dict[str, Any]:
        if status == 200 and isinstance(content, dict):
            return content
        why = (content.get("error_description") or content.get("error")) if isinstance(content, dict) else None
        said = why if isinstance(why, str) and why.isprintable() else "no reason given"
        raise CredentialTrouble(f"{self.who} cannot be renewed: {self._issuer} answered with status {status} ({said}); log in again")
