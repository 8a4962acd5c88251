"""TLS as Go's client speaks it: which certificates are trusted, and which one is ours."""

from __future__ import annotations

import base64
import binascii
import ssl
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from kubectl_svcdoctor.collect.connection.shapes import Cluster, User
from kubectl_svcdoctor.errors import UserError


@dataclass(frozen=True)
class Certificate:
    """A client certificate with its chain and its private key, both PEM; `source` names it in errors."""

    chain: bytes
    key: bytes = field(repr=False)
    source: str


def client_certificate(user: User, name: str) -> Certificate | None:
    """The user's client certificate, None without one; data beats files. Raises UserError for half of one."""
    if not (user.client_certificate or user.client_certificate_data):
        return None
    if not (user.client_key or user.client_key_data):
        raise UserError(f'user "{name}" has a client certificate but no key; add client-key or client-key-data')
    source = user.client_certificate or f'client-certificate-data of user "{name}"'
    return Certificate(
        _content(user.client_certificate_data, user.client_certificate, f'client-certificate of user "{name}"'),
        _content(user.client_key_data, user.client_key, f'client-key of user "{name}"'),
        source,
    )


def authority(cluster: Cluster) -> bytes:
    """The PEM of the cluster's CA, empty when the system's are meant. Raises UserError when it cannot be had."""
    return _content(cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority of the cluster")


def context(cluster: Cluster, certificate: Certificate | None) -> ssl.SSLContext:
    """The settings for one cluster. Raises UserError for a CA or a certificate that is none."""
    trusted = authority(cluster)
    if trusted and cluster.insecure_skip_tls_verify:
        raise UserError("both a certificate authority and insecure-skip-tls-verify are set for the cluster; remove one")
    made = _base()
    if cluster.insecure_skip_tls_verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif trusted:
        _trust(made, trusted, cluster.certificate_authority or "certificate-authority-data of the cluster")
    else:
        trust_system(made)
    if certificate:
        _present(made, certificate)
    return made


def proxy_context(cluster: Cluster) -> ssl.SSLContext:
    """The settings for an https proxy, which may be certified by the system's authorities or the cluster's."""
    made = _base()
    trust_system(made)
    if trusted := authority(cluster):
        _trust(made, trusted, cluster.certificate_authority or "certificate-authority-data of the cluster")
    return made


def trust_system(made: ssl.SSLContext) -> None:
    """Trust what the system trusts, or certifi's list where an OpenSSL was built for another system's paths."""
    made.load_default_certs()
    paths = ssl.get_default_verify_paths()
    if sys.platform != "win32" and not (paths.cafile or paths.capath):
        import certifi

        made.load_verify_locations(certifi.where())


def _base() -> ssl.SSLContext:
    """Go trusts any certificate in the pool, also one that is no root, and does not insist on key identifiers."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.hostname_checks_common_name = False
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def _trust(made: ssl.SSLContext, pem: bytes, source: str) -> None:
    try:
        # Bundles have comments in all scripts between the certificates.
        made.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        raise UserError(f"{source} holds no PEM certificate; put the cluster's CA certificate there") from None


def _present(made: ssl.SSLContext, certificate: Certificate) -> None:
    """OpenSSL reads certificates from files only, so they lie for a moment in a folder that only this user can enter."""
    with tempfile.TemporaryDirectory(prefix="svcdoctor-") as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(certificate.chain)
        key.touch(mode=0o600)
        key.write_bytes(certificate.key)
        try:
            # A password callback, for without one OpenSSL asks at the terminal.
            made.load_cert_chain(chain, key, password=lambda: b"")
        except (ssl.SSLError, ValueError) as error:
            reason = getattr(error, "reason", "") or ""
            why = "its key belongs to another certificate" if "MISMATCH" in reason else "certificate or key is no usable PEM"
            raise UserError(f"{certificate.source} cannot be used: {why}; take a matching pair from the cluster's administrator") from None


def _content(data: str, path: str, name: str) -> bytes:
    if data:
        try:
            return base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            raise UserError(f"the -data field for the {name} is not base64; encode the PEM file with base64") from None
    if not path:
        return b""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "it is no path").lower()
        raise UserError(f"the {name} cannot be read from {path!r}: {why}; check the path and its permissions") from None
