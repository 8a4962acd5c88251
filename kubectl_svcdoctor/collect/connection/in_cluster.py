"""The service account of the pod that this runs in (rest.InClusterConfig)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from kubectl_svcdoctor.collect.connection.shapes import Cluster, User
from kubectl_svcdoctor.collect.connection.target import Target

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def in_pod(environ: Mapping[str, str], account: Path) -> bool:
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    return bool(host and port) and (account / "token").is_file()


def pod(user: User, options: ConnectionOptions, environ: Mapping[str, str], account: Path) -> Target:
    """The API server of this pod, as its service account or as the flags say."""
    host = environ["KUBERNETES_SERVICE_HOST"]
    address = f"[{host}]" if ":" in host else host
    authority = options.certificate_authority or str(account / "ca.crt")
    cluster = Cluster(
        server=f"https://{address}:{environ['KUBERNETES_SERVICE_PORT']}", tls_server_name=options.tls_server_name or "",
        insecure_skip_tls_verify=options.insecure_skip_tls_verify, proxy_url=options.proxy_url or "",
        certificate_authority="" if options.insecure_skip_tls_verify else authority,
        disable_compression=options.disable_compression,
    )
    if not user.token:
        user = msgspec.structs.replace(user, token_file=str(account / "token"))
    namespace = options.namespace or environ.get("POD_NAMESPACE") or _namespace(account) or "default"
    return Target(None, cluster.server, namespace, cluster, user, "service account of this pod")


def _namespace(account: Path) -> str:
    try:
        return (account / "namespace").read_text().strip()
    except OSError:
        return ""
