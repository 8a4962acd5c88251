"""Plain connections to an API server, out of the standard library alone, so that what is measured is the server."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Door:
    """Where a server is, and files: whose word it takes, the client's certificate and its key."""

    server: str
    authority: str
    certificate: str
    key: str

    def connection(self) -> http.client.HTTPSConnection:
        at = urlsplit(self.server)
        tls = ssl.create_default_context(cafile=self.authority)
        tls.load_cert_chain(self.certificate, self.key)
        return http.client.HTTPSConnection(str(at.hostname), at.port, context=tls, timeout=60)

    @property
    def arguments(self) -> tuple[str, ...]:
        """What makes the same door in another process."""
        return astuple(self)


def of(kubeconfig: Path) -> Door:
    """The door of a kubeconfig's cluster, for its user, who has a client certificate."""
    import yaml

    from tests.support.apiserver import pem

    document = yaml.safe_load(kubeconfig.read_text())
    cluster, user, folder = document["clusters"][0]["cluster"], document["users"][0]["user"], kubeconfig.parent
    return Door(cluster["server"], str(pem(cluster, "certificate-authority", folder)),
                str(pem(user, "client-certificate", folder)), str(pem(user, "client-key", folder)))
