"""Commands are one line of a POSIX shell, whatever the words are made of: each is given to real shells, which must see exactly these words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.model.command import Command, compact, diagnosis, kubectl, quoted, target
from kubectl_svcdoctor.model.meta import ObjectRef

HOSTILE = (
    "x; touch pwned #", "$(touch pwned)", "`touch pwned`", "it's", 'say "so"', "a\nb", "a\rb", "tab\there", "\x1b[2J", "\u009b2J", "\u202egnp.exe", "--all", "",
    "*", "~", "!!", "a\\b", "grün", "%s", "-", "\udcff", "a  b",
)
SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
RECORDER = """#!/bin/sh
# Programs of a pipe run at once: what one of them writes must not be torn apart.
{ printf '%s\\0' "$@"; printf '\\n\\0'; } > "$RECORD.$$"
cat "$RECORD.$$" >> "$RECORD"
[ -n "$READS" ] && cat >> "$RECORD.in"
exit 0
"""


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A folder with a kubectl that writes down its words."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(RECORDER)
    program.chmod(0o755)
    return tmp_path


def pasted(stub: Path, command: Command, shell: str, reads: str = "") -> tuple[list[list[str]], str]:
    """The words of each kubectl that the line runs, in order, and what they read. Nothing else may appear in the folder."""
    record = stub / "record"
    for file in (record, stub / "record.in"):
        file.unlink(missing_ok=True)
    work = stub / "work"
    work.mkdir(exist_ok=True)
    environ = {"PATH": f"{stub / 'bin'}:{os.environ['PATH']}", "RECORD": str(record), "READS": reads}
    done = subprocess.run([shell, "-c", str(command)], cwd=work, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    runs = [[word.decode("utf-8", "surrogatepass") for word in run.split(b"\0")[:-1]] for run in record.read_bytes().split(b"\n\0")[:-1]]
    assert not (work / "pwned").exists()
    return runs, (stub / "record.in").read_text() if reads else ""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("word", HOSTILE)
def test_a_shell_sees_the_words_that_were_meant(stub: Path, shell: str, word: str) -> None:
    command = kubectl("describe", word, namespace="shop")
    assert "\n" not in str(command)
    assert pasted(stub, command, shell)[0] == [["-n", "shop", "describe", word]]


@given(st.text(st.characters(exclude_characters="\0"), max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_text_is_one_word_on_one_line(word: str) -> None:
    text = quoted(word)
    assert text.isprintable() or not word.isprintable()
    assert "\n" not in text
    if not word.endswith("\n"):  # a shell takes trailing line breaks off what a substitution gives
        assert subprocess.run(["sh", "-c", f"printf %s {text}"], capture_output=True, check=True).stdout == word.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("word", HOSTILE)
def test_an_owner_that_the_api_could_not_serve_is_never_a_flag(word: str) -> None:
    named = target(ObjectRef(word, word, "shop", word))
    assert named[0].isalnum()
    assert named.endswith(f"/{word}")


@pytest.mark.parametrize(("reference", "named"), [
    (ObjectRef("v1", "Service", "shop", "web"), "service/web"),
    (ObjectRef("apps/v1", "Deployment", "shop", "web"), "deployment/web"),
    (ObjectRef("discovery.k8s.io/v1", "EndpointSlice", "shop", "web-x"), "endpointslice/web-x"),
    (ObjectRef("serving.knative.dev/v1", "Service", "shop", "web"), "service.v1.serving.knative.dev/web"),
    (ObjectRef("kafka.strimzi.io/v1beta2", "Kafka", "shop", "main"), "kafka.v1beta2.kafka.strimzi.io/main"),
    (ObjectRef("", "Widget", "shop", "main"), "widget/main"),
])
def test_objects_are_named_as_kubectl_finds_them(reference: ObjectRef, named: str) -> None:
    assert target(reference) == named


@pytest.mark.parametrize("shell", SHELLS)
def test_documents_pipes_files_and_conditions(stub: Path, shell: str) -> None:
    document = {"apiVersion": "v1", "metadata": {"name": "it's", "labels": {"v": "1.10", "critical": "true", "text": 'a\n"b\\n"'}}}
    assert pasted(stub, kubectl("create", "-f", "-").given(document), shell, reads="yes") == ([["create", "-f", "-"]], compact(document))
    assert json.loads(compact(document)) == document
    saved = kubectl("get", "service/a", "-o", "yaml").saved_as("saved it.yaml").then(kubectl("get", "x").piped(kubectl("replace", "-f", "-")))
    runs, _ = pasted(stub, saved, shell)
    assert runs[0] == ["get", "service/a", "-o", "yaml"]
    assert sorted(runs[1:]) == [["get", "x"], ["replace", "-f", "-"]]
    assert (stub / "work" / "saved it.yaml").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_what_was_saved_once_is_neither_overwritten_nor_is_anything_run_after_it(stub: Path, shell: str) -> None:
    (stub / "kept.yaml").write_text("kept")
    line = str(kubectl("get", "x").saved_as("kept.yaml").then(kubectl("delete", "x")))
    environ = {"PATH": f"{stub / 'bin'}:{os.environ['PATH']}", "RECORD": str(stub / "record"), "READS": ""}
    done = subprocess.run([shell, "-c", line], cwd=stub, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "kept.yaml" in done.stderr
    assert (stub / "kept.yaml").read_text() == "kept"
    assert not (stub / "record").exists()


def test_a_plugin_takes_its_flags_behind_its_name() -> None:
    assert str(diagnosis("web", "--wait", namespace="shop").addressed(["--context=a b"])) == "kubectl svcdoctor '--context=a b' web --wait -n shop"
