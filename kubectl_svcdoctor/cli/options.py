"""kubectl's flags as the options of a connection."""

from __future__ import annotations

from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.collect.connection import ConnectionOptions, parse_duration
from kubectl_svcdoctor.errors import UserError


def connection_options(flags: Flags) -> ConnectionOptions:
    """The options that the flags say. Raises UserError for a duration or an extra that cannot be read."""
    return ConnectionOptions(
        kubeconfig=flags.kubeconfig, context=flags.context, cluster=flags.cluster, user=flags.user, server=flags.server,
        token=flags.token, username=flags.username, password=flags.password, as_user=flags.as_user, as_groups=flags.as_group,
        as_uid=flags.as_uid, as_user_extra=_extra(flags.as_user_extra), certificate_authority=flags.certificate_authority,
        client_certificate=flags.client_certificate, client_key=flags.client_key, tls_server_name=flags.tls_server_name,
        insecure_skip_tls_verify=flags.insecure_skip_tls_verify, proxy_url=flags.proxy_url,
        request_timeout=parse_duration(flags.request_timeout), disable_compression=flags.disable_compression,
        namespace=flags.namespace, kuberc=flags.kuberc, verbosity=flags.verbosity,
    )


def _extra(pairs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Repeated KEY=VALUE as lists of values by key."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UserError(f"--as-user-extra {pair!r} is not KEY=VALUE; write for example --as-user-extra scopes=view")
        found[key] = (*found.get(key, ()), value)
    return found
