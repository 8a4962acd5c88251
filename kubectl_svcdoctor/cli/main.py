"""Flags → examination → output → exit status, and nothing else. Imports that cost time wait until they are needed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from kubectl_svcdoctor.cli.command import examine
from kubectl_svcdoctor.errors import UserError, tell
from kubectl_svcdoctor.model import plugin


def main(argv: Sequence[str] | None = None) -> None:
    """The entry point of `kubectl-svcdoctor`; ends the process with the contract's exit status."""
    plugin.call(sys.argv[0])
    sys.exit(status(list(sys.argv[1:] if argv is None else argv)))


def status(argv: list[str]) -> int:
    """Run the command line and return its exit status; whatever goes wrong is one sentence on stderr."""
    try:
        return _dispatch(argv)
    except click.exceptions.NoSuchOption as error:
        return _failed(f"unknown flag: {error.option_name}"
                       + (f" (did you mean {error.possibilities[0]}?)" if error.possibilities else "")
                       + f"\nSee '{plugin.program()} --help' for usage.", 2)
    except click.ClickException as error:
        return _failed(f"{error.format_message().rstrip('.')}\nSee '{plugin.program()} --help' for usage.", 2)
    except UserError as error:
        return _failed(error.message, error.exit_status)
    except (KeyboardInterrupt, click.Abort):
        return _failed("interrupted", 130)
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: a user gets a sentence, never a traceback
        return _crashed(error, argv)


def _dispatch(argv: list[str]) -> int:
    from kubectl_svcdoctor.cli.argv import normalise

    words = normalise(argv, examine)
    if words[:1] == ["--version"]:
        words = ["version"]
    from kubectl_svcdoctor.cli.subcommands import subcommands

    if words and words[0] in subcommands.commands:
        result = subcommands.commands[words[0]].main(words[1:], f"{plugin.program()} {words[0]}", standalone_mode=False)
    else:
        examine.beside = subcommands.commands
        result = examine.main(words, plugin.program(), standalone_mode=False)
    return int(result or 0)


def _crashed(error: Exception, argv: list[str]) -> int:
    """A defect of ours; with -v=6 or more the traceback is shown to whoever looks into it."""
    if _verbosity(argv) >= 6:
        import traceback

        tell("".join(traceback.format_exception(error)).rstrip())
    return _failed(f"this is a defect of kubectl svcdoctor ({type(error).__name__}: {error}); please report it; "
                   "-v=6 shows where it happened", 3)


def _verbosity(argv: list[str]) -> int:
    """What -v says, in any of kubectl's spellings; 0 where the words cannot be read."""
    from kubectl_svcdoctor.cli.argv import normalise

    try:
        given = [word.removeprefix("--v=") for word in normalise(argv, examine) if word.startswith("--v=")]
    except UserError:
        return 0
    return int(given[-1]) if given and given[-1].isdecimal() else 0


def _failed(message: str, exit_status: int) -> int:
    tell(f"error: {message}")
    return exit_status
