"""kubeconfig files, read and merged by client-go's rules (tools/clientcmd/loader.go)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kubectl_svcdoctor.collect.connection import document
from kubectl_svcdoctor.collect.connection.shapes import Cluster, Context, File, NamedCluster, NamedContext, NamedUser, User
from kubectl_svcdoctor.errors import UserError

Entry = TypeVar("Entry", NamedCluster, NamedUser, NamedContext)


@dataclass
class Kubeconfig:
    """Several files as one. `files` are those that were read, `missing` those that are not there."""

    current_context: str = ""
    clusters: dict[str, Cluster] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def load(explicit: str | None, environ: Mapping[str, str]) -> Kubeconfig:
    """The merged kubeconfig: of several files the first that names a cluster, a user or a context has it whole.

    `explicit` (--kubeconfig) stands alone and must exist; else the files of KUBECONFIG, else ~/.kube/config, missing ones
    skipped. Raises UserError for a file that cannot be read or understood.
    """
    merged = Kubeconfig()
    for path in [explicit] if explicit else _paths(environ):
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            if explicit:
                raise UserError(f"the kubeconfig {path} does not exist; check --kubeconfig") from None
            merged.missing.append(path)
            continue
        except OSError as error:
            why = (error.strerror or "failed").lower()
            raise UserError(f"the kubeconfig {path} cannot be read: {why}; check the path and its permissions") from None
        _merge(merged, document.read(content, File, f"the kubeconfig {path}"), path)
    return merged


def home(environ: Mapping[str, str]) -> Path:
    """The user's home as client-go finds it: HOME first."""
    return Path(environ.get("HOME") or os.path.expanduser("~"))


def _paths(environ: Mapping[str, str]) -> list[str]:
    if several := environ.get("KUBECONFIG"):
        return [path for path in dict.fromkeys(several.split(os.pathsep)) if path]
    return [str(home(environ) / ".kube" / "config")]


def _merge(merged: Kubeconfig, content: File, path: str) -> None:
    if content.kind not in ("", "Config"):
        raise UserError(f'the kubeconfig {path} is a {content.kind}, not a Config; check that it is the right file')
    merged.files.append(path)
    merged.current_context = merged.current_context or content.current_context
    folder = os.path.dirname(os.path.abspath(path))
    for entry in _unique(content.clusters, path, "cluster"):
        entry.cluster.origin = path
        entry.cluster.certificate_authority = _absolute(entry.cluster.certificate_authority, folder)
        merged.clusters.setdefault(entry.name, entry.cluster)
    for person in _unique(content.users, path, "user"):
        _resolve(person.user, path, folder)
        merged.users.setdefault(person.name, person.user)
    for choice in _unique(content.contexts, path, "context"):
        merged.contexts.setdefault(choice.name, choice.context)


def _resolve(user: User, path: str, folder: str) -> None:
    user.origin = path
    user.client_certificate = _absolute(user.client_certificate, folder)
    user.client_key = _absolute(user.client_key, folder)
    user.token_file = _absolute(user.token_file, folder)
    # A bare command is looked up on PATH.
    if user.exec and os.path.basename(user.exec.command) != user.exec.command:
        user.exec.command = _absolute(user.exec.command, folder)


def _unique(entries: list[Entry], path: str, kind: str) -> list[Entry]:
    """The entries as they are. Raises UserError for a name that one file has twice, as client-go does."""
    names = [entry.name for entry in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f'the kubeconfig {path} has two {kind}s named "{twice}"; rename or remove one')
    return entries


def _absolute(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, path)) if path else ""
