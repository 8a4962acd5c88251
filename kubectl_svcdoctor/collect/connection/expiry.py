"""Why an API server answers 401: credentials that have expired say so themselves."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from kubectl_svcdoctor.collect.connection.credentials import Credentials
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.collect.connection.tls import Certificate
from kubectl_svcdoctor.collect.connection.trouble import CredentialTrouble

_HOW = "log in again, or ask the cluster's administrator for new ones"


def refused(target: Target, credentials: Credentials, now: datetime | None = None) -> CredentialTrouble:
    """The sentence for status 401, with the time of expiry where the certificate or the token tells one."""
    now = now or datetime.now(UTC)
    authorization, certificate = credentials.authorization(), credentials.certificate()
    token_expiry = expiry_of_token(authorization.removeprefix("Bearer ")) if authorization else None
    certificate_expiry = expiry_of_certificate(certificate) if certificate else None
    who = f'the credentials of user "{target.user_name}"' if target.user_name else "the credentials"
    if not authorization and not certificate:
        return CredentialTrouble(f"the API server {target.server} wants credentials and there are none; "
                                 "add a user to the context, or give --token or --client-certificate")
    for kind, expiry in (("token", token_expiry), ("client certificate", certificate_expiry)):
        if expiry and expiry < now:
            return CredentialTrouble(f"{who} have expired: the {kind} was valid until {expiry:%Y-%m-%d %H:%M} UTC; {_HOW}")
    return CredentialTrouble(f"the API server {target.server} does not accept {who}; {_HOW}")


def expiry_of_token(token: str) -> datetime | None:
    """The `exp` of a JSON Web Token (RFC 7519, section 4.1.4), unverified; None for other tokens."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def expiry_of_certificate(certificate: Certificate) -> datetime | None:
    """When the first certificate of the chain ends; None when it cannot be read."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate.chain).not_valid_after_utc
    except ValueError:
        return None
