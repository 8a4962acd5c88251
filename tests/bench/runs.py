"""The runs: a server that is filled step by step, and at each step svcdoctor beside what it is compared with.

svcdoctor runs with --no-probe: kubectl asks nobody but the API server either, and no kubelet runs behind these Pods.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from kubectl_svcdoctor.collect.connection import ConnectionOptions, connect
from kubectl_svcdoctor.collect.server import APIServer
from tests.bench.counting import Counter
from tests.bench.measuring import Contender, compared
from tests.bench.printing import table
from tests.bench.section import Section
from tests.lab.controlplane import ControlPlane
from tests.support.agreement import all_together, grouped, one_by_one
from tests.support.door import Door
from tests.support.filling import Filler
from tests.support.population import Application, Population
from tests.support.population.surroundings import ALONE, CROWD, MANY, PLATFORM

PLUGIN = (sys.executable, "-m", "kubectl_svcdoctor")
ALL, LISTS, RAW = "svcdoctor -A", "kubectl get svc,endpointslices,pods -A -o json", "raw GET of the three lists"
ONE, BY_HAND = "svcdoctor, one subject", "six kubectl commands"
SMALL = 3
"""How many times as many rounds what takes a moment gets."""
SETTLED = 12.0
"""Seconds after which svcdoctor takes nothing for being on its way."""


class Given(Protocol):
    """What the command line says."""

    rounds: int
    tool: Sequence[str]
    kubectl: str


class Bench:
    """One server, and the population that it holds so far."""

    def __init__(self, plane: ControlPlane, door: Door, counter: Counter, population: Population, given: Given) -> None:
        self.population = replace(population, clock=datetime.now(UTC).replace(microsecond=0))
        self.sections: list[Section] = []
        self.filling: list[dict[str, float]] = []
        self._rounds, self._kubectl = given.rounds, given.kubectl
        self._tools = [Contender(tool, [shlex.split(tool)]) for tool in given.tool]
        self._door, self._counter = door, counter
        self._kubeconfig = plane.admin_kubeconfig
        self._filler = Filler(door)
        self._held = 0
        self.environ = {**os.environ, "KUBECONFIG": str(plane.admin_kubeconfig), "KUBECACHEDIR": str(plane.folder / "kubectl-cache")}
        self._filler.write([self.population.surroundings()])

    @property
    def pods(self) -> int:
        return sum(application.pods for application in self.population.applications(0, self._held))

    @property
    def broken(self) -> int:
        return sum(map(self.population.is_broken, range(self._held)))

    def fill(self, services: int) -> None:
        """Have so many Services on the server."""
        self._write(self.population.applications(self._held, services))
        self._held = services

    def break_more(self, every: int) -> None:
        """Break one of `every` applications; all others stay as they are."""
        before, self.population = self.population, replace(self.population, every=every)
        changed = before.differing(self.population)
        self._filler.remove(item for number in changed for item in before.application(number).objects)
        self._write(map(self.population.application, changed))

    def _write(self, applications: Iterable[Application]) -> None:
        started = time.perf_counter()
        found = list(applications)
        self._filler.write(application.objects for application in found)
        seconds = time.perf_counter() - started
        self.filling.append({"services": len(found), "objects": sum(len(application.objects) for application in found), "seconds": round(seconds, 1)})
        print(f"\nwritten: {self.filling[-1]}", file=sys.stderr, flush=True)
        time.sleep(SETTLED)

    def everything(self) -> Section:
        """All Services: svcdoctor, kubectl's fetch of the three lists, the plain fetch, and whatever else was given."""
        raw = [sys.executable, "-m", "tests.bench.raw", *self._door.arguments]
        lists = [self._kubectl, "get", "svc,endpointslices,pods", "-A", "-o", "json"]
        contenders = [Contender(ALL, [[*PLUGIN, "-A", "--no-probe"]]), Contender(LISTS, [lists]), Contender(RAW, [raw]), *self._tools]
        return self._section("all Services", contenders, self._rounds)

    def one(self, title: str, application: Application) -> Section:
        """One Service, beside the six commands that a person would type."""
        namespace, name = application.namespace, application.name
        selector = next(item["spec"]["selector"] for item in application.objects if item["kind"] == "Service")
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        by_hand = [["get", "service", name, "-o", "yaml"], ["describe", "service", name],
                   ["get", "endpointslices", "-l", f"kubernetes.io/service-name={name}", "-o", "yaml"],
                   ["get", "pods", "-l", labels, "-o", "wide"], ["describe", "pods", "-l", labels], ["get", "events"]]
        return self._section(title, [Contender(ONE, [[*PLUGIN, name, "-n", namespace, "--no-probe"]]),
                                     Contender(BY_HAND, [[self._kubectl, "-n", namespace, *command] for command in by_hand])],
                             self._rounds * SMALL)

    def pods_behind(self) -> Section:
        """A Pod behind ten Services against one behind one."""
        pods = {name: self._pod(name) for name in (ALONE, CROWD)}
        contenders = [Contender(f"a Pod behind {number} Service{'s' * (number > 1)}", [[*PLUGIN, f"pod/{pods[name]}", "-n", PLATFORM, "--no-probe"]])
                      for name, number in ((CROWD, MANY), (ALONE, 1))]
        return self._section("a Pod as subject", contenders, self._rounds * SMALL)

    def _pod(self, name: str) -> str:
        command = ["kubectl", "-n", PLATFORM, "get", "pods", "-l", f"app={name}", "-o", "name"]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=True).stdout.strip().removeprefix("pod/")

    def _section(self, title: str, contenders: Sequence[Contender], rounds: int) -> Section:
        section = Section(title, self._held, self.pods, self.broken, compared(contenders, self.environ, rounds))
        # What has the server's address in its arguments does not pass where it is counted.
        section.traffic = {contender.name: self._counter.traffic(contender.commands, self.environ) for contender in contenders if contender.name != RAW}
        self.sections.append(section)
        print(*table([section]), sep="\n", file=sys.stderr, flush=True)
        return section

    def checked(self, sample: int) -> dict[str, Any]:
        """Where `-A` does not find just the cause of each broken Service, and whether its causes are those of single examinations, of so many Services."""
        source = APIServer(connect(ConnectionOptions(kubeconfig=str(self._kubeconfig)), {}))
        reports = all_together(source)
        wanted = {f"{found.namespace}/{found.name}": [found.finding] for found in self.population.applications(0, self._held) if found.finding}
        told = {f"{report.subject.namespace}/{report.subject.name}": [cause.slug for cause in report.causes] for report in reports if report.causes}
        some = Random(self.population.seed).sample(reports, min(sample, len(reports)))
        alone = list(one_by_one(source, (report.subject for report in some)))
        return {
            "broken": len(wanted), "found": sum(told.get(name) == causes for name, causes in wanted.items()),
            "differences": {name: {"wanted": wanted.get(name, []), "told": told.get(name, [])}
                            for name in sorted(wanted | told) if wanted.get(name) != told.get(name)},
            "sampled": len(some), "causesEqualThoseOfSingleRuns": grouped(alone) == grouped(some),
        }
