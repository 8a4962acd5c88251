"""Choices for kubectl's completion of plugins: one a line, a description after a tab, `:4` at the end against file names (cobra)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

NO_FILES = ":4"


def candidates(words: Sequence[str], subcommands: Iterable[str] = ()) -> Iterator[str]:
    """What may stand at the place of the last word, which may be empty; completion never fails, it just offers less."""
    current = words[-1] if words else ""
    if words[:1] == ["explain"] and len(words) == 2:
        yield from _codes(current)
    elif current.startswith("-"):
        yield from _flags(current)
    elif len(words) > 1 and words[-2] in ("-o", "--output"):
        from kubectl_svcdoctor.render import formats

        yield from (form for form in formats.names() if form.startswith(current))
    else:
        if len(words) < 2:
            yield from (word for word in subcommands if word.startswith(current))
        yield from _services(words[:-1], current)
    yield NO_FILES


def _codes(current: str) -> Iterator[str]:
    from kubectl_svcdoctor.checks import all_checks

    yield from (f"{check.code}\t{check.title}" for check in all_checks() if check.code.startswith(current.upper()))


def _flags(current: str) -> Iterator[str]:
    import click

    from kubectl_svcdoctor.cli.command import examine

    for parameter in examine.get_params(click.Context(examine)):
        if isinstance(parameter, click.Option):
            yield from (f"{name}\t{parameter.help or ''}" for name in parameter.opts if name.startswith(current))


def _services(given: Sequence[str], current: str) -> Iterator[str]:
    """The Services of the namespace that the words so far choose; none where they cannot be listed."""
    import click

    from kubectl_svcdoctor.cli.argv import normalise
    from kubectl_svcdoctor.cli.command import examine
    from kubectl_svcdoctor.cli.flags import Flags
    from kubectl_svcdoctor.cli.options import connection_options
    from kubectl_svcdoctor.collect.connection import connect
    from kubectl_svcdoctor.collect.server import APIServer
    from kubectl_svcdoctor.errors import UserError
    from kubectl_svcdoctor.model.service import Service
    from kubectl_svcdoctor.model.snapshot import Query

    try:
        flags = Flags(examine.make_context("svcdoctor", normalise(list(given), examine)).params)
        connection = connect(connection_options(flags))
        query: Query[Service] = Query(Service, connection.namespace)
        answer = APIServer(connection).ask([query])[query]  # type: ignore[list-item,index]
    except (UserError, click.ClickException):
        return
    if isinstance(answer, tuple):
        prefix, slash, name = current.rpartition("/")
        yield from (f"{prefix}{slash}{item.name}" for item in answer if item.name.startswith(name))
