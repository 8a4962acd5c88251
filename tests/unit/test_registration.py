"""What would be left out, or counted for something else, in silence is refused where it is registered, in a sentence that says what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from kubectl_svcdoctor import checks
from kubectl_svcdoctor.checks import all_checks, defect
from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.graph import provide
from kubectl_svcdoctor.graph.provide import asks, derives, needs, providers
from kubectl_svcdoctor.model.registration import RegistrationError, load_all
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod


@dataclass(frozen=True)
class Weather:
    sky: str


@dataclass(frozen=True)
class Rain:
    sky: str


@pytest.fixture(autouse=True)
def registries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers is gone afterwards."""
    all_checks()
    providers()
    monkeypatch.setattr(checks, "_checks", list(checks._checks))
    monkeypatch.setattr(provide, "_providers", dict(provide._providers))
    yield
    monkeypatch.undo()
    for cached in (all_checks, providers):
        cached.cache_clear()  # type: ignore[attr-defined]


def standing_in(hop: str, module: str = "rain_falls") -> Callable[..., None]:
    """A check's function, as if it stood in that folder."""

    def rain_falls(weather: Weather) -> None:
        return None

    rain_falls.__module__ = f"kubectl_svcdoctor.checks.{hop}.{module}"
    return rain_falls


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package `catalogue` that can be imported, with one hop."""
    folder = tmp_path / "catalogue"
    (folder / "spec").mkdir(parents=True)
    for file in ("__init__.py", "spec/__init__.py", "spec/missing.py"):
        (folder / file).write_text('"""Says what it is about."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "catalogue"]:
        del sys.modules[name]


def test_every_module_of_a_package_is_loaded(package: Path) -> None:
    assert set(load_all("catalogue")) == {"catalogue.spec", "catalogue.spec.missing"}


@pytest.mark.parametrize("file", ["storage/full.py", "spec/ports/odd.py", "storage/disks/full.py"])
def test_a_folder_of_modules_that_is_no_package_is_refused(package: Path, file: str) -> None:
    (package / file).parent.mkdir(parents=True)
    (package / file).touch()
    with pytest.raises(RegistrationError, match=r"^catalogue/\S+/ holds modules but no __init__\.py, .*: add an __init__\.py whose docstring says"):
        load_all("catalogue")


@pytest.mark.parametrize("file", ["storage/notes.md", "__pycache__/left.pyc"])
def test_a_folder_without_modules_is_no_package(package: Path, file: str) -> None:
    (package / file).parent.mkdir(parents=True, exist_ok=True)
    (package / file).touch()
    load_all("catalogue")


@pytest.mark.parametrize(("code", "slug", "function", "sentence"), [
    ("SVC999", "rain-falls", standing_in("spec"), ""),
    ("SVC9", "rain-falls", standing_in("spec"), "no code: write one of SVC, POD"),
    ("ABC999", "rain-falls", standing_in("spec"), "no code: write one of SVC, POD"),
    ("SVC999", "Rain", standing_in("spec"), "no slug: write words of lower case"),
    ("SVC999", "rain-falls", standing_in("storage"), "'storage' is no hop: move the file into .*, or add the new hop to model/hops.py"),
    ("POD101", "rain-falls", standing_in("pods"), r"POD101 is the code of kubectl_svcdoctor\.checks\.pods\.\w+: take a number above POD\d+"),
    ("SVC999", "svc-missing", standing_in("spec"), "svc-missing is the slug of kubectl_svcdoctor.checks.spec.missing: give"),
    ("SVC999", "rain-falls", standing_in("spec", "missing"), r"spec\.missing registers \w+ already: give SVC999 a file of its own"),
])
def test_a_check_that_could_be_mistaken_for_another_one_is_refused(code: str, slug: str, function: FunctionType, sentence: str) -> None:
    if not sentence:
        defect(code, slug)(function)
        assert checks._checks[-1].slug == slug
        return
    with pytest.raises(RegistrationError, match=sentence):
        defect(code, slug)(function)


def test_a_file_among_the_checks_that_registers_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = next(check for check in checks._checks if check.slug == "svc-missing")
    checks._checks.remove(forgotten)
    all_checks.cache_clear()
    with pytest.raises(RegistrationError, match=r"checks\.spec\.missing registers no check: decorate its function with @defect\(CODE, slug\)"):
        all_checks()


def an_object(weather: Weather) -> object:
    return weather


def a_tuple(weather: Weather) -> tuple[Pod, ...]:
    return ()


def a_string(weather: Weather) -> str | Irrelevant:
    return ""


def none(weather: Weather) -> Rain | None:
    return None


def nothing(weather: Weather) -> Irrelevant:
    return Irrelevant("it is dry")


def silence(weather: Weather):  # type: ignore[no-untyped-def]
    return Rain("")


def another_weather(sky: Rain) -> provide.Need:
    raise NotImplementedError


@pytest.mark.parametrize("function", [an_object, a_tuple, a_string, none])
def test_a_derived_value_that_nobody_can_ask_for_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(RegistrationError, match=rf"{function.__name__} is annotated with `.*`, which nobody can ask for: return a class of"):
        derives(function)


def test_a_provider_without_anything_to_provide_is_refused() -> None:
    with pytest.raises(RegistrationError, match="nothing returns Irrelevant alone: name the class"):
        derives(nothing)
    with pytest.raises(RegistrationError, match="silence has no return annotation: it is what the function provides"):
        derives(silence)


def test_the_second_provider_of_a_type_is_refused() -> None:
    derives(another_weather)
    with pytest.raises(RegistrationError, match=r"another_weather gives Need, which \S+another_weather gives already: remove one of them"):
        derives(another_weather)


@pytest.mark.parametrize("function", [an_object, a_string, silence])
def test_a_question_whose_right_cannot_be_told_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(RegistrationError, match=r"neither what it reads nor the right for it|has no return annotation"):
        asks(Rain)(function)


def test_a_question_says_its_kind() -> None:
    @asks(Rain)
    def rain(weather: Weather) -> Query[Pod] | Irrelevant:
        return Query(Pod)

    assert provide._providers[Rain].returns == Query[Pod] | Irrelevant


def bare(weather) -> None:  # type: ignore[no-untyped-def]
    """Without an annotation."""


def hidden_default(weather: Weather = None) -> None:  # type: ignore[assignment]
    """Optional without saying so."""


def other_default(weather: Weather = Weather("blue")) -> None:
    """A value of its own."""


def undecided(weather: Weather | Rain) -> None:
    """One or the other."""


def anything(weather: object) -> None:
    """Whatever there is."""


def required_or_none(weather: Weather | None) -> None:
    """Optional, yet without a default."""


@pytest.mark.parametrize(("function", "sentence"), [
    (bare, "parameter weather has no annotation: its type is what is looked up"),
    (hidden_default, r"has to be `T`, or `T \| None = None`"),
    (other_default, r"has to be `T`, or `T \| None = None`"),
    (required_or_none, r"has to be `T`, or `T \| None = None`"),
    (undecided, "name the one class of evidence that it needs"),
    (anything, "is annotated with `object`: name the one class of evidence"),
])
def test_a_parameter_that_is_no_need_is_refused(function: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(RegistrationError, match=sentence):
        needs(function)


def test_kinds_are_known_whatever_was_imported_before() -> None:
    script = "from kubectl_svcdoctor.collect import decode; print(*sorted(kind for _, kind in decode.kinds()))"
    alone = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert alone == sorted(kind for _, kind in decode.kinds())


def test_two_classes_of_one_kind_are_refused() -> None:
    second: Any = type("Second", (), {"resource": Pod.resource})  # no subclass of KubernetesObject, which would be found from now on
    with pytest.raises(RegistrationError, match=r"Second is a kind of the API outside of model/, .*: move the class to model/"):
        decode._add({}, second)
    second.__module__ = Pod.__module__
    with pytest.raises(RegistrationError, match=r"Second and kubectl_svcdoctor\.model\.workload\.Pod are both v1 Pod: keep one class"):
        decode._add({("v1", "Pod"): Pod}, second)
