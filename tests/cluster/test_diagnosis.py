"""What svcdoctor says of real faults, from the laptop: that one cause; and its printed command, pasted into a shell, mends it.

Traffic fails while the fault is there and flows when it is mended. Faults whose checks are still to come have their traffic tested in `test_faults.py`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from tests.cluster.traffic import outcomes_until
from tests.lab.faults import Fault, Shop, all_faults

_POLL = 1.0
_KNOWN = {check.slug for check in all_checks()}
FAULTS = [fault for fault in all_faults() if fault.slug in _KNOWN and fault.subject.startswith(("svc/", "sts/", "pod/"))]

# Faults whose mending is a change of an object that the data proves; the others need a person who knows the application.
MENDED_BY_COMMAND = {
    "selector-value", "selector-key", "selector-extra-label", "scaled-to-zero", "target-port-unnamed", "target-port-number",
    "target-port-left-out", "service-of-other-protocol", "readiness-gate", "coredns-scaled-to-zero", "dns-service-selects-nothing",
    "variable-of-the-service-misread", "default-deny",
}

# The cause that svcdoctor names where it is not the fault's own slug.
TOLD_AS = {
    "probe-asks-other-port": "pod-not-ready-probe",  # it may be a management port of an application that starts slowly, for five minutes
    "headless-without-ready-pod": "pod-not-ready-probe",  # that the name is gone follows from it
    "firewall-drops-node-port": "node-port-silent",  # the API server gets no answer either, so that it may be the node itself
    "firewall-rejects-node-port": "nport-kube-proxy-node",  # a rule that rejects refuses as a node without rules does
    "route-to-other-node-missing": "node-port-silent",  # of a single node without an endpoint its firewall may be the reason
    "kube-proxy-stopped": "kp-missing-on-node",  # its rules grow old because it has ended
}

# What is by design for most, and so a remark: whoever calls that node gets no answer all the same.
REMARKED = {"external-policy-local"}

# From where a fault shows that the API does not tell: who answers at an address that no Pod has, what becomes of connections on a node,
# and who is kept out.
SEEN_FROM = {
    "slice-address-is-nobody": ("--from", "cluster"),
    "kube-proxy-stopped": ("--from", "node/node2"),  # here it is a program of the nodes, which the API does not show
    "internal-policy-local": ("--from", "pod/client"),  # a remark, until a client there is known to fail
    "default-deny": ("--from", "pod/client"),
}


def examined(fault: Fault, shop: Shop, *flags: str) -> tuple[int, dict[str, Any]]:
    """Exit status and report of one run on the laptop."""
    done = shop.cluster.laptop([sys.executable, "-m", "kubectl_svcdoctor", fault.subject, "-n", fault.namespace, "-o", "json", *flags])
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}


def causes(report: dict[str, Any]) -> list[str]:
    return [finding["slug"] for finding in report.get("findings", ()) if finding["role"] == "cause" and finding["severity"] != "info"]


def examined_until(fault: Fault, shop: Shop, slugs: list[str], *flags: str) -> tuple[int, dict[str, Any]]:
    """The first run that names just these causes, or the last one within the fault's time: the cluster needs a moment to show a fault."""
    deadline = time.monotonic() + fault.first_seconds
    while True:
        status, report = examined(fault, shop, *flags)
        if (causes(report) == slugs and report.get("verdict") != "unknown") or time.monotonic() > deadline:
            return status, report
        time.sleep(_POLL)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_that_one_cause_is_named_and_its_command_mends_it(fault: Fault, shop: Shop) -> None:
    status, report = examined_until(fault, shop, [])
    assert (status, causes(report)) == (0, []), f"not healthy at the start: {report}"
    with fault.make(shop):
        during = outcomes_until(fault, shop, fault.fails)
        assert fault.fails.issuperset(during[-3:]), f"{fault.slug} should give {set(fault.fails)}: {during}"
        slug = TOLD_AS.get(fault.name, fault.slug)
        status, report = examined_until(fault, shop, [] if fault.name in REMARKED else [slug], *SEEN_FROM.get(fault.name, ()))
        if fault.name in REMARKED:
            assert (status, [finding["slug"] for finding in report["findings"]]) == (0, [slug]), json.dumps(report, indent=1)
        else:
            assert (status, causes(report)) == (1, [slug]), json.dumps(report, indent=1)
        if fault.name in MENDED_BY_COMMAND:
            mended(fault, shop, report)
    after = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(after[-3:]), f"not mended: {after}"
    status, report = examined_until(fault, shop, [], "--ask-everything")
    assert (status, report["verdict"]) == (0, "healthy"), json.dumps(report, indent=1)


def mended(fault: Fault, shop: Shop, report: dict[str, Any]) -> None:
    """Paste the first printed command; real traffic flows, and the doctor agrees."""
    fix = next(finding["fix"] for finding in report["findings"] if finding["slug"] == fault.slug)
    assert fix["verified"] is not False, fix
    pasted = shop.cluster.laptop(["bash", "-c", fix["commands"][0]])
    assert pasted.returncode == 0, f"{fix['commands'][0]}: {pasted.stderr}"
    outcomes = outcomes_until(fault, shop, fault.works)
    assert fault.works.issuperset(outcomes[-3:]), f"{fix['commands'][0]} did not mend it: {outcomes}"
    status, after = examined_until(fault, shop, [])
    assert (status, after["verdict"]) == (0, "healthy"), json.dumps(after, indent=1)
    status, after = examined(fault, shop, "--ask-everything")
    assert (status, after["verdict"]) == (0, "healthy"), json.dumps(after, indent=1)
