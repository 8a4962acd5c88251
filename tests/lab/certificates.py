"""Certificates of a lab: an authority of its own, elliptic keys because they are made in a millisecond."""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Leaf:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write `NAME.crt` and `NAME.key` (readable by the owner only) and return both paths."""
        return _private(folder / f"{name}.crt", self.certificate), _private(folder / f"{name}.key", self.key)


class Authority:
    """A certificate authority that exists in memory; `certificate` is what others are to trust, PEM."""

    def __init__(self, name: str = "lab") -> None:
        """Make a new authority; no two share a key."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = _builder(self._name, self._name, self._key.public_key(), now - timedelta(hours=1), now + 10 * _YEAR)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._own = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.certificate = _pem(self._own)

    @classmethod
    def load(cls, folder: Path, name: str) -> Authority:
        """Return the authority that `write` left in `folder`."""
        loaded = cls.__new__(cls)
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        loaded._key = key
        loaded._own = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
        loaded._name = loaded._own.subject
        loaded.certificate = _pem(loaded._own)
        return loaded

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write `NAME.crt` and `NAME.key` and return both paths."""
        return Leaf(self.certificate, _key_pem(self._key)).write(folder, name)

    def server(self, name: str, hosts: Sequence[str], *, valid: tuple[datetime, datetime] | None = None) -> Leaf:
        """Return a serving certificate for DNS names and IP addresses; `valid` is from and until, now for a year."""
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._leaf(name, (), ExtendedKeyUsageOID.SERVER_AUTH, names, valid)

    def client(self, user: str, groups: Sequence[str] = (), *, valid: tuple[datetime, datetime] | None = None) -> Leaf:
        """Return a client certificate that Kubernetes takes as `user` in `groups` (common name and organizations)."""
        return self._leaf(user, groups, ExtendedKeyUsageOID.CLIENT_AUTH, None, valid)

    def _leaf(
        self,
        name: str,
        groups: Sequence[str],
        purpose: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
        valid: tuple[datetime, datetime] | None,
    ) -> Leaf:
        now = datetime.now(UTC)
        since, until = valid or (now - timedelta(hours=1), now + _YEAR)
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, self._name, key.public_key(), since, until)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return Leaf(_pem(builder.sign(self._key, hashes.SHA256())), _key_pem(key))


def signing_key() -> str:
    """Return a new private key for service account tokens, PEM (RSA, as kubeadm makes it)."""
    return _key_pem(rsa.generate_private_key(65537, 2048))


def kubeconfig(path: Path, *, server: str, authority: str, client: Leaf, user: str, namespace: str = "default") -> Path:
    """Write a kubeconfig with everything in it and return its path; `authority` is PEM. JSON is YAML too."""
    inline = {"certificate-authority-data": _base64(authority), "server": server}
    credentials = {"client-certificate-data": _base64(client.certificate), "client-key-data": _base64(client.key)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": inline}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user, "namespace": namespace}}],
        "current-context": "lab",
    }
    return _private(path, json.dumps(document, indent=1))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), since, until)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _private(path: Path, text: str) -> Path:
    """Write a file that only its owner may read, from its first moment; who reads meanwhile sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as scratch:
        scratch.write(text)
    os.replace(scratch.name, path)
    return path
