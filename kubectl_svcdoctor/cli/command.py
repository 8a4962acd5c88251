"""The command and its flags; what it runs is imported when it is run."""

from __future__ import annotations

from typing import Any

import click

from kubectl_svcdoctor.cli.flags import Flags, kubectl_flags

EPILOG = """\b
Sub-commands:
  explain CODE     what a finding means, why it breaks traffic, how to fix it
  checks           every check with the reads that it needs
  rights           the smallest RBAC as YAML, ready for kubectl apply
  completion       a completion script for kubectl
  version          the version of this plugin
A Service of such a name is reached as svc/explain.

\b
Exit status: 0 healthy; 1 a cause was found; 2 wrong usage, or no such subject;
3 nothing found, but something could not be checked.

\b
Examples:
  kubectl svcdoctor web -n shop
  kubectl svcdoctor sts/db -n shop
  kubectl svcdoctor db-0.db.shop
  kubectl svcdoctor web -n shop --from pod/checkout-7d4b9
  kubectl svcdoctor -A
  kubectl svcdoctor svc/web svc/api -n shop -o json
"""
SUBCOMMANDS = ("explain", "checks", "rights", "completion", "version")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EPILOG)
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@kubectl_flags
@click.option("-A", "--all-namespaces", is_flag=True, help="Examine the Services of all namespaces.")
@click.option("-l", "--selector", help="Examine the Services with these labels (kubectl's syntax).")
@click.option("-o", "--output", default="text", metavar="FORMAT", help="text, wide, json, yaml or name.")
@click.option("--from", "vantages", multiple=True, metavar="VANTAGE",
              help="Try it from there as well: pod/NAME or pod/NAMESPACE/NAME (runs a shell there), cluster or node/NAME "
                   "(creates a short-lived Pod), local (from this machine); repeatable.")
@click.option("--probe-image", metavar="IMAGE", help="The image of short-lived Pods; it needs a shell, and nc or bash.")
@click.option("--no-probe", is_flag=True, help="Read the API only: open no connection to anything else.")
@click.option("--ask-everything", is_flag=True, help="Probe also what is known to be broken, to contradict the doctor.")
@click.option("--timeout", default="60s", metavar="DURATION", help="How long --wait waits (default 60s); a probe takes a few seconds at most.")
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
