"""Flags → examination → output → exit status, and nothing else. Imports that cost time wait until they are needed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from kubectl_svcdoctor import __version__
from kubectl_svcdoctor.errors import UserError, tell
from kubectl_svcdoctor.flags import Flags, kubectl_flags

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
    from kubectl_svcdoctor.run import run

    return run(subjects, Flags(options))


def main(argv: Sequence[str] | None = None) -> None:
    """The entry point of `kubectl-svcdoctor`; ends the process with the contract's exit status."""
    sys.exit(status(list(sys.argv[1:] if argv is None else argv)))


def status(argv: list[str]) -> int:
    """Run the command line and return its exit status; whatever goes wrong is one sentence on stderr."""
    try:
        return _dispatch(argv)
    except click.exceptions.NoSuchOption as error:
        return _failed(f"unknown flag: {error.option_name}"
                       + (f" (did you mean {error.possibilities[0]}?)" if error.possibilities else "")
                       + "\nSee 'kubectl svcdoctor --help' for usage.", 2)
    except click.ClickException as error:
        return _failed(f"{error.format_message().rstrip('.')}\nSee 'kubectl svcdoctor --help' for usage.", 2)
    except UserError as error:
        return _failed(error.message, error.exit_status)
    except (KeyboardInterrupt, click.Abort):
        return _failed("interrupted", 130)
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: a user gets a sentence, never a traceback
        return _crashed(error, argv)


def _dispatch(argv: list[str]) -> int:
    from kubectl_svcdoctor.argv import normalise

    words = normalise(argv, examine)
    if words[:1] == ["--version"]:
        words = ["version"]
    if words and words[0] in SUBCOMMANDS:
        from kubectl_svcdoctor.subcommands import subcommands

        result = subcommands.commands[words[0]].main(words[1:], f"{program()} {words[0]}", standalone_mode=False)
    else:
        result = examine.main(words, program(), standalone_mode=False)
    return int(result or 0)


def program() -> str:
    """How usage texts name the command: as kubectl's plugin, also when it is started directly."""
    return "kubectl svcdoctor"


def version() -> str:
    return f"kubectl-svcdoctor {__version__}"


def _crashed(error: Exception, argv: list[str]) -> int:
    """A defect of ours; with -v=6 or more the traceback is shown to whoever looks into it."""
    if _verbosity(argv) >= 6:
        import traceback

        tell("".join(traceback.format_exception(error)).rstrip())
    return _failed(f"this is a defect of kubectl svcdoctor ({type(error).__name__}: {error}); please report it; "
                   "-v=6 shows where it happened", 3)


def _verbosity(argv: list[str]) -> int:
    """What -v says, in any of kubectl's spellings; 0 where the words cannot be read."""
    from kubectl_svcdoctor.argv import normalise

    try:
        given = [word.removeprefix("--v=") for word in normalise(argv, examine) if word.startswith("--v=")]
    except UserError:
        return 0
    return int(given[-1]) if given and given[-1].isdecimal() else 0


def _failed(message: str, exit_status: int) -> int:
    tell(f"error: {message}")
    return exit_status
