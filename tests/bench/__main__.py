"""Fills a real API server and measures on it: JSON on stdout, tables on stderr.

    python -m tests.bench [--services 5000] [--rounds 3] [--seed 1] [--sample 200] [--tool 'COMMAND ARGUMENT …']
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.counting import counting
from tests.bench.measuring import ratio
from tests.bench.printing import Demand, demanded
from tests.bench.runs import ALL, BY_HAND, LISTS, ONE, RAW, Bench
from tests.bench.section import Section
from tests.lab.controlplane import running
from tests.lab.errors import LabError
from tests.support import gateways
from tests.support.door import of
from tests.support.population import Application, Population

USUAL, MORE = 50, 10
"""One of so many Services is broken: 100, and 500, of 5,000."""


def main() -> None:
    given = arguments()
    with running("bench", controllers=()) as plane, counting(of(plane.admin_kubeconfig), plane.folder / "counting.kubeconfig") as counter:
        population = Population(given.services, USUAL, given.seed, routes=routes(plane.admin_kubeconfig))
        bench = Bench(plane, of(plane.admin_kubeconfig), counter, population, given)
        demands, checked = list(measured(bench, given.services)), bench.checked(given.sample)
    for line in (*demanded(demands), f"\ncauses: {json.dumps(checked)}"):
        print(line, file=sys.stderr)
    json.dump({
        "filling": bench.filling, "sections": [section.as_json() for section in bench.sections], "causes": checked,
        "demands": [{"what": demand.what, "ratio": round(demand.ratio, 4), "atMost": demand.at_most, "met": demand.met} for demand in demands],
    }, sys.stdout, indent=1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Time and memory of svcdoctor, side by side with kubectl.")
    parser.add_argument("--services", type=int, default=5000, help="how many Services the server holds in the end, each with 4 Pods on average")
    parser.add_argument("--rounds", type=int, default=3, help="how often all Services are examined at each size, by turns")
    parser.add_argument("--seed", type=int, default=1, help="what the objects are drawn from")
    parser.add_argument("--sample", type=int, default=200, help="how many Services are examined alone, to compare the causes")
    parser.add_argument("--kubectl", default="kubectl", help="the kubectl to compare with; some that are installed only choose another one")
    parser.add_argument("--tool", action="append", default=[], metavar="COMMAND", help="a further command that examines the whole cluster; repeatable")
    return parser.parse_args()


def routes(kubeconfig: Path) -> bool:
    """Whether the server has the kinds of the Gateway API now."""
    try:
        gateways.define(kubeconfig)
    except (LabError, OSError) as error:
        print(f"no HTTPRoutes: {error}", file=sys.stderr)
        return False
    return True


def measured(bench: Bench, services: int) -> Iterator[Demand]:
    """Everything, from small to large, and what is demanded of it."""
    bench.fill(services // 5)
    small, early = bench.everything(), bench.one("a healthy Service", example(bench, broken=False))
    bench.fill(services // 2)
    bench.everything()
    bench.fill(services)
    large, late = bench.everything(), bench.one("a healthy Service", example(bench, broken=False))
    broken, pods = bench.one("a broken Service", example(bench, broken=True)), bench.pods_behind()
    bench.break_more(MORE)
    more = bench.everything()
    yield from of_all(small, large, more)
    yield from of_one(early, late, broken)
    yield Demand("a Pod behind 10 Services ÷ behind one, wall", ratio(*pods.figures))


def of_all(small: Section, large: Section, more: Section) -> Iterator[Demand]:
    yield Demand("-A ÷ kubectl get svc,endpointslices,pods -A -o json, wall", ratio(large.of(ALL), large.of(LISTS)), 1 / 4)
    yield Demand("-A ÷ kubectl get svc,endpointslices,pods -A -o json, memory", large.of(ALL).memory / large.of(LISTS).memory, 1 / 6)
    yield Demand("-A ÷ raw GET of the three lists, wall", ratio(large.of(ALL), large.of(RAW)), 7.0)
    # These were not run by turns: processor time tells whether it was the machine that changed in between.
    sizes, broken = f"-A over {large.services} Services ÷ over {small.services}", f"-A with {more.broken} broken ÷ with {large.broken}"
    yield Demand(f"{sizes}, wall", large.of(ALL).wall / small.of(ALL).wall, 5.5)
    yield Demand(f"{sizes}, CPU", large.of(ALL).cpu / small.of(ALL).cpu)
    yield Demand(f"{broken}, wall", more.of(ALL).wall / large.of(ALL).wall, 1.5)
    yield Demand(f"{broken}, CPU", more.of(ALL).cpu / large.of(ALL).cpu)


def of_one(early: Section, late: Section, broken: Section) -> Iterator[Demand]:
    for section in (late, broken):
        yield Demand(f"{section.title} ÷ six kubectl commands, wall", ratio(section.of(ONE), section.of(BY_HAND)), 0.8)
    sizes, (here, there) = f"a Service among {late.services} ÷ among {early.services}", (section.traffic[ONE].requests for section in (late, early))
    yield Demand(f"{sizes}, wall", late.of(ONE).wall / early.of(ONE).wall, 1.2)
    yield Demand(f"{sizes}, CPU", late.of(ONE).cpu / early.of(ONE).cpu)
    yield Demand(f"{sizes}, requests", here / there, 1.0)


def example(bench: Bench, broken: bool) -> Application:
    """A Service behind which there are Pods; the same at every size."""
    return next(found for found in bench.population.applications() if found.pods > 1 and bool(found.finding) == broken)


if __name__ == "__main__":
    main()
