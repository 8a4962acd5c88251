"""The choice of a target: the kubeconfig with the flags over it, or the pod that this runs in."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kubectl_svcdoctor.collect.connection.in_cluster import SERVICE_ACCOUNT, in_pod, pod
from kubectl_svcdoctor.collect.connection.kubeconfig import Kubeconfig, load
from kubectl_svcdoctor.collect.connection.options import ConnectionOptions
from kubectl_svcdoctor.collect.connection.overrides import with_cluster_flags, with_user_flags
from kubectl_svcdoctor.collect.connection.shapes import Cluster, Context, User
from kubectl_svcdoctor.collect.connection.target import Target
from kubectl_svcdoctor.errors import UserError


def choose(options: ConnectionOptions, environ: Mapping[str, str], account: Path = SERVICE_ACCOUNT) -> Target:
    """What client-go's DeferredLoadingClientConfig would choose. Raises UserError when nothing usable is configured.

    Two differences, both for clarity: a user that the context names and nobody defines is an error instead of a prompt,
    and there is no default server localhost:8080.
    """
    config = load(options.kubeconfig, environ)
    name = options.context or config.current_context
    context = _context(config, name, options)
    cluster_name = options.cluster or context.cluster
    user_name = options.user or context.user
    cluster = with_cluster_flags(_cluster(config, cluster_name, name, options), options, environ)
    user = with_user_flags(_user(config, user_name, name, options), options)
    warnings = _warnings(config, environ)
    if not cluster.server and not options.context and not config.clusters and in_pod(environ, account):
        return pod(user, options, environ, account)
    if not cluster.server:
        raise UserError(_no_server(config, cluster_name))
    namespace = options.namespace or context.namespace or "default"
    return Target(name or None, _url(cluster, user), namespace, cluster, user, user_name, warnings)


def _context(config: Kubeconfig, name: str, options: ConnectionOptions) -> Context:
    if name in config.contexts:
        return config.contexts[name]
    if options.context:
        raise UserError(f'context "{name}" does not exist; {_offer("context", name, config.contexts, config)}')
    if name and not (options.server or options.cluster):
        raise UserError(f'the current context "{name}" does not exist in the kubeconfig; '
                        f'{_offer("context", name, config.contexts, config)}')
    return Context()


def _cluster(config: Kubeconfig, name: str, context: str, options: ConnectionOptions) -> Cluster:
    if name in config.clusters:
        return config.clusters[name]
    if options.cluster:
        raise UserError(f'cluster "{name}" does not exist; {_offer("cluster", name, config.clusters, config)}')
    if name and not options.server:
        raise UserError(f'context "{context}" names the cluster "{name}", which the kubeconfig does not define; '
                        f'{_offer("cluster", name, config.clusters, config)}')
    return Cluster()


def _user(config: Kubeconfig, name: str, context: str, options: ConnectionOptions) -> User:
    if name in config.users:
        return config.users[name]
    if options.user:
        raise UserError(f'user "{name}" does not exist; {_offer("user", name, config.users, config)}')
    if name and not (options.token or options.client_certificate or options.username):
        raise UserError(f'context "{context}" names the user "{name}", which the kubeconfig does not define; '
                        f'{_offer("user", name, config.users, config)}')
    return User()


def _offer(kind: str, name: str, known: Iterable[str], config: Kubeconfig) -> str:
    """What to do instead, with the nearest names first."""
    names = sorted(known)
    if not names:
        return f"no kubeconfig defines a {kind}" + (f" (read: {', '.join(config.files)})" if config.files else "; set KUBECONFIG")
    near = difflib.get_close_matches(name, names, 3) or names[:5]
    return f"choose --{kind} from: {', '.join(near)}" + (", ..." if len(near) < len(names) else "")


def _no_server(config: Kubeconfig, cluster: str) -> str:
    if cluster:
        return f'cluster "{cluster}" has no server in the kubeconfig; add one, or give --server'
    if config.contexts:
        return f"no context is chosen; choose --context from: {', '.join(sorted(config.contexts)[:5])}"
    looked = ", ".join(config.files or config.missing)
    return f"no cluster is configured (looked in {looked}); set KUBECONFIG, or give --kubeconfig or --server"


def _url(cluster: Cluster, user: User) -> str:
    """The server with a scheme: https where anything else says that TLS is meant (rest.DefaultServerURL)."""
    server = cluster.server.strip()
    if "://" not in server:
        certificate = user.client_certificate or user.client_certificate_data
        authority = cluster.certificate_authority or cluster.certificate_authority_data
        server = ("https://" if authority or certificate or cluster.insecure_skip_tls_verify else "http://") + server
    try:
        parts = urlsplit(server)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise UserError(f'the server "{cluster.server}" is not an address; write it as https://HOST:PORT in the kubeconfig or --server')
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def _warnings(config: Kubeconfig, environ: Mapping[str, str]) -> list[str]:
    if config.missing and not config.files and environ.get("KUBECONFIG"):
        return [f"no file of KUBECONFIG exists: {', '.join(config.missing)}"]
    return []
