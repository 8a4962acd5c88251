"""The command and its flags; what it runs is imported when it is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from kubectl_svcdoctor.cli.flags import Flags, kubectl_flags
from kubectl_svcdoctor.model import plugin
from kubectl_svcdoctor.render import formats

EPILOG = """\b
Sub-commands:
{subcommands}
A Service of such a name is reached as svc/explain.

\b
Exit status: 0 healthy; 1 a cause was found; 2 wrong usage, or no such subject;
3 nothing found, but something could not be checked.

\b
Examples:
  {program} web -n shop
  {program} sts/db -n shop
  {program} db-0.db.shop
  {program} web -n shop --from pod/checkout-7d4b9
  {program} -A
  {program} svc/web svc/api -n shop -o json
"""


class _Command(click.Command):
    """Lists the sub-commands `beside` it, and names the plugin as it was called."""

    beside: Mapping[str, click.Command] = {}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        listed = [(" ".join([name, *(entry.make_metavar(ctx) for entry in command.params if isinstance(entry, click.Argument) and entry.required)]),
                   command.short_help) for name, command in self.beside.items()]
        self.epilog = EPILOG.format(subcommands="\n".join(f"  {usage:<16} {words}" for usage, words in listed), program=plugin.program())
        super().format_epilog(ctx, formatter)


@click.command(cls=_Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@kubectl_flags
@click.option("-A", "--all-namespaces", is_flag=True, help="Examine the Services of all namespaces.")
@click.option("-l", "--selector", help="Examine the Services with these labels (kubectl's syntax).")
@click.option("-o", "--output", default="text", metavar="FORMAT", help=f"{', '.join(formats.names())}.")
@click.option("--from", "vantages", multiple=True, metavar="VANTAGE",
              help="Try it from there as well: pod/NAME or pod/NAMESPACE/NAME (runs a shell there), cluster or node/NAME "
                   "(creates a short-lived Pod), local (from this machine); repeatable.")
@click.option("--probe-image", metavar="IMAGE",
              help="The image of short-lived Pods, and of an ephemeral container in a Pod of --from without a shell (its entry stays there); it needs "
                   "a shell, and nc or bash.")
@click.option("--no-probe", is_flag=True, help="Read the API only: open no connection to anything else.")
@click.option("--ask-everything", is_flag=True, help="Probe also what is known to be broken, to contradict the doctor.")
@click.option("--timeout", default="60s", metavar="DURATION",
              help="How long --wait waits, and all probing together (default 60s); a probe takes a few seconds at most.")
@click.option("--record", metavar="FILE", help="Write the collected data to a file, for --replay elsewhere.")
@click.option("--replay", metavar="FILE", help="Examine a recording instead of a cluster.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Leave out checks: a code, a slug, or a family such as DNS; repeatable.")
@click.option("--fail-on", default="warning", type=click.Choice(["error", "warning"]), help="The least severity that gives exit status 1.")
@click.option("--color", default="auto", type=click.Choice(["auto", "always", "never"]), help="Colour in text.")
@click.option("-w", "--watch", is_flag=True, help="Examine again after each change, and every few seconds; print each change of a verdict, finding or hop.")
@click.option("--wait", is_flag=True, help="Come back when everything is healthy and all Pods are ready, or fail at --timeout.")
def examine(subjects: tuple[str, ...], **options: Any) -> int:
    """Why does this Service not work, and what do I change?

    SUBJECT is a Service (web, svc/web) or its address (10.96.25.7:80), a StatefulSet (sts/db), a Pod (pod/db-0), or a name as a client
    in the cluster uses it (db-0.db.shop, web:8080); several may be given. None examines every Service of the namespace.
    """
    from kubectl_svcdoctor.cli.run import run

    return run(subjects, Flags(options))
