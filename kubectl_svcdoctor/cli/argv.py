"""kubectl's spellings of flags (pflag's) as click reads them: `-n=shop`, `-v=6`, `--watch=false`, `--as_group=x`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from kubectl_svcdoctor.errors import UserError

# What Go's strconv.ParseBool reads.
_BOOLEANS = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)


def normalise(argv: Sequence[str], command: click.Command) -> list[str]:
    """The same command line for click, by pflag's rules; what is no flag of the command, or follows `--`, stays as it is.

    Raises UserError for a switch with a value that is not a boolean.
    """
    return _Normaliser(argv, command).words()


class _Normaliser:
    """Reads words from the left; each flag is written anew as `--name=value` or `--name`."""

    def __init__(self, argv: Sequence[str], command: click.Command) -> None:
        self._left = list(argv)
        self._options = {
            spelling: parameter
            for parameter in command.get_params(click.Context(command)) if isinstance(parameter, click.Option)
            for spelling in parameter.opts
        }
        self._written: list[str] = []

    def words(self) -> list[str]:
        while self._left:
            word = self._left.pop(0)
            if word == "--":
                return [*self._written, word, *self._left]
            if word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            else:
                self._written.append(word)
        return self._written

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        # Only the name: a value may hold underscores.
        name = "--" + name[2:].replace("_", "-")
        option = self._options.get(name)
        if option is None:
            self._written.append(name + equals + value)
        else:
            self._write(option, name, value if equals else None)

    def _short(self, letters: str) -> None:
        """One or several short flags in a word: `-Aw`, `-nshop`, `-n=shop`, `-An=shop`."""
        while letters:
            spelling, letters = "-" + letters[0], letters[1:]
            option = self._options.get(spelling)
            if option is None:
                self._written.append(spelling + letters)
                return
            # pflag reads an "=" as a separator only where something follows it.
            if len(letters) > 1 and letters[0] == "=":
                self._write(option, spelling, letters[1:])
                return
            if not _is_switch(option) and letters:
                self._write(option, spelling, letters)
                return
            self._write(option, spelling, None)

    def _write(self, option: click.Option, spelling: str, value: str | None) -> None:
        if _is_switch(option):
            self._write_switch(option, spelling, value)
        elif value is not None or self._left:
            self._written += _with_value(option, self._left.pop(0) if value is None else value)
        else:
            # click tells that the value is missing.
            self._written.append(spelling)

    def _write_switch(self, option: click.Option, spelling: str, value: str | None) -> None:
        """The last of several wins, as in pflag, so earlier ones are taken back."""
        if not option.is_flag:
            self._written += _with_value(option, str(option.flag_value) if value is None else value)
            return
        wanted = _BOOLEANS.get(value) if value is not None else True
        if wanted is None:
            raise UserError(f'invalid argument "{value}" for "{spelling}" flag: write {spelling}=true or {spelling}=false')
        known = {*option.opts, *option.secondary_opts}
        self._written = [word for word in self._written if word not in known]
        self._written += [_longest(option.opts)] if wanted else option.secondary_opts[:1]


def _is_switch(option: click.Option) -> bool:
    """Whether pflag would read a bare `--name` as complete: booleans, and flags with a value that may be left out."""
    return option.is_flag or option.count or _may_omit_value(option)


def _may_omit_value(option: click.Option) -> bool:
    return bool(getattr(option, "_flag_needs_value", False))


def _with_value(option: click.Option, value: str) -> list[str]:
    name = _longest(option.opts)
    return [f"{name}={value}"] if name.startswith("--") else [name, value]


def _longest(spellings: Sequence[str]) -> str:
    return max(spellings, key=len)
