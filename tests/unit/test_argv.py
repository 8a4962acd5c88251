"""pflag's spellings of flags, as kubectl accepts them, reach click unchanged in meaning."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.cli.argv import normalise
from kubectl_svcdoctor.errors import UserError


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("subjects", nargs=-1)
@click.option("-n", "--namespace")
@click.option("-v", "--v", "verbosity", type=int, default=0)
@click.option("-A", "--all-namespaces", is_flag=True)
@click.option("-w", "--watch", is_flag=True)
@click.option("--as-group", multiple=True)
@click.option("--probe/--no-probe", default=True)
@click.option("--wait", is_flag=False, flag_value="healthy")
def command(**values: Any) -> dict[str, Any]:
    return values


def parsed(*argv: str) -> dict[str, Any]:
    result = CliRunner().invoke(command, normalise(argv, command), standalone_mode=False, catch_exceptions=False)
    if result.exception:
        raise result.exception
    values: dict[str, Any] = result.return_value
    return values


@pytest.mark.parametrize("argv", [
    ["-n", "shop"], ["-n=shop"], ["-nshop"], ["--namespace=shop"], ["--namespace", "shop"], ["-An=shop"], ["-Anshop"], ["-wAn", "shop"],
])
def test_every_spelling_of_a_value(argv: list[str]) -> None:
    assert parsed(*argv, "web") | {"all_namespaces": False, "watch": False} == parsed("--namespace", "shop", "web")


@pytest.mark.parametrize(("argv", "level"), [(["-v=6"], 6), (["-v6"], 6), (["-v", "8"], 8), (["--v=6"], 6), (["-Av=7"], 7)])
def test_verbosity(argv: list[str], level: int) -> None:
    assert parsed(*argv)["verbosity"] == level


@pytest.mark.parametrize(("argv", "on"), [
    (["-A"], True), (["--all-namespaces"], True), (["--all-namespaces=true"], True), (["-A=true"], True), (["-wA=1"], True),
    (["--all_namespaces=T"], True), (["--all-namespaces=false"], False), (["-A", "-A=false"], False),
    (["--all-namespaces=false", "-A"], True), (["-A=0"], False),
])
def test_switches_with_a_value(argv: list[str], on: bool) -> None:
    assert parsed(*argv)["all_namespaces"] is on


def test_a_switch_with_a_counterpart_is_turned_off() -> None:
    assert parsed("--probe=false")["probe"] is False
    assert parsed("--probe=false", "--probe")["probe"] is True


def test_a_value_that_may_be_left_out_is_never_taken_from_the_next_word() -> None:
    assert parsed("--wait", "web")["wait"] == "healthy"
    assert parsed("--wait", "web")["subjects"] == ("web",)
    assert parsed("--wait=ready")["wait"] == "ready"


def test_underscores_in_names_only() -> None:
    assert parsed("--as_group=dev_ops")["as_group"] == ("dev_ops",)


def test_a_value_may_look_like_a_flag() -> None:
    assert parsed("--namespace", "--watch")["namespace"] == "--watch"
    assert parsed("-n", "-A")["namespace"] == "-A"


def test_nothing_is_read_after_two_dashes() -> None:
    assert parsed("-n=a", "--", "-n=b", "--watch=true")["subjects"] == ("-n=b", "--watch=true")


def test_a_single_dash_is_a_word() -> None:
    assert parsed("-")["subjects"] == ("-",)


def test_a_switch_with_a_value_that_is_no_boolean() -> None:
    with pytest.raises(UserError, match='invalid argument "maybe" for "--watch" flag: write --watch=true or --watch=false'):
        normalise(["--watch=maybe"], command)


@pytest.mark.parametrize("argv", [["--nope"], ["-z"], ["-Az"], ["--no_pe=1"]])
def test_an_unknown_flag_is_left_to_click(argv: list[str]) -> None:
    with pytest.raises(click.NoSuchOption):
        parsed(*argv)


@pytest.mark.parametrize("argv", [["-n"], ["--namespace"]])
def test_a_missing_value_is_left_to_click(argv: list[str]) -> None:
    with pytest.raises(click.BadOptionUsage):
        parsed(*argv)


VALUES = st.text(min_size=1).filter(lambda text: text[:1] != "=" and "\0" not in text)
FLAGS = st.one_of(
    st.tuples(st.just("-n"), VALUES), st.tuples(st.just("--namespace"), VALUES), st.tuples(st.sampled_from(["-A", "-w"]), st.none()),
)


@settings(deadline=None)
@given(st.lists(st.tuples(FLAGS, st.integers(0, 2)), max_size=6), st.lists(st.text(), max_size=3))
def test_all_spellings_mean_the_same(flags: list[tuple[tuple[str, str | None], int]], words: list[str]) -> None:
    plain, spelled = [], []
    for (name, value), spelling in flags:
        plain += [name] if value is None else [name, value]
        if value is None:
            spelled += [[name], [name + "=true"], [name + "=1"]][spelling]
        else:
            joined = f"{name}={value}"
            spelled += [[name, value], [joined], [joined if name.startswith("--") else name + value]][spelling]
    assert parsed(*spelled, "--", *words) == parsed(*plain, "--", *words)


@settings(deadline=None)
@given(st.lists(st.text()))
def test_any_command_line_is_read_or_refused_in_one_sentence(argv: list[str]) -> None:
    try:
        parsed(*argv)
    except (UserError, click.ClickException) as error:
        assert str(error)
    except click.exceptions.Exit as asked_for_help:
        assert asked_for_help.exit_code == 0
