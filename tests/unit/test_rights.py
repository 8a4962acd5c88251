"""The rights that are printed: derived from what is asked, complete, and asked for in a way that kubectl answers truly."""

from __future__ import annotations

import re

import pytest
import yaml
from click.testing import CliRunner

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.cli.rights import accesses
from kubectl_svcdoctor.cli.subcommands import subcommands
from kubectl_svcdoctor.collect.refusal import unlock
from kubectl_svcdoctor.model.access import EXEC, NODE_PROXY, POD_PROXY, PORT_FORWARD, Access
from kubectl_svcdoctor.model.questions import Dial, Resolver
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.workload import PodLog
from kubectl_svcdoctor.probe.listening import untold


def test_the_rights_of_probes_follow_from_the_checks() -> None:
    assert frozenset().union(*(accesses(check.needs) for check in all_checks())) == {PORT_FORWARD, POD_PROXY, NODE_PROXY, EXEC}


def test_what_is_printed_is_what_is_taken() -> None:
    printed = list(yaml.safe_load_all(CliRunner().invoke(subcommands, ["rights"]).output))
    granted = {rule: verbs for role in printed for entry in role.get("rules", ()) for rule in entry["resources"] for verbs in [set(entry["verbs"])]}
    for access in (PORT_FORWARD, POD_PROXY, NODE_PROXY, EXEC):
        assert granted[access.resource] == set(access.verbs)
    assert {role["kind"] for role in printed} == {"ClusterRole", "ClusterRoleBinding"}


def test_port_forward_takes_two_rights_and_both_are_told() -> None:
    told = untold(Dial("shop", "web-a", "node1", 80, "port-forward"), "forbidden")
    assert "the rights to get and create pods/portforward" in told.unlock
    for verb in ("get", "create"):
        assert f"kubectl -n shop auth can-i {verb} pods --subresource=portforward" in told.unlock


@pytest.mark.parametrize("hint", [
    untold(Dial("shop", "web-a", "node1", 80, "pod-proxy"), "").unlock, untold(Resolver("node1"), "").unlock,
    unlock(Query(PodLog, "shop", "web-a")), *(access.asked("shop") for access in (PORT_FORWARD, EXEC)),
])
def test_a_subresource_is_asked_for_by_its_flag(hint: str) -> None:
    """`kubectl auth can-i get pods/log` means a Pod named log, and answers no."""
    commands = re.findall(r"can-i \w+ (\S+)(.*?)(?:,|$)", hint)
    assert commands and all("/" not in resource and "--subresource=" in rest for resource, rest in commands), hint


def test_an_access_reads_as_a_sentence() -> None:
    assert (str(POD_PROXY), str(Access("pods", "exec", ("get", "create")))) == ("the right to get pods/proxy", "the rights to get and create pods/exec")
