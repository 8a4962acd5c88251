"""A cluster of any size, out of a seed: Services of the shapes that teams use, with Pods, and some of them broken in ways that are known.

The same seed gives the same objects. A larger population begins with the objects of a smaller one, and one with more broken applications differs
from one with fewer in these alone, so that a server can be filled further instead of anew.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from tests.support.population import surroundings
from tests.support.population.nodes import NODES_OF_A_ROOM, PODS_OF_A_NODE
from tests.support.population.objects import Manifest, Place
from tests.support.population.shapes import SHAPES, WITHOUT_PODS, Application, Shape, Slot
from tests.support.population.ways import WAYS

__all__ = ["Application", "Manifest", "Population"]

OF_A_NAMESPACE = 25  # Services
PODS_OF_A_NAMESPACE = 104  # four for each Service, and those that broken applications lack
BROKEN_AT_MOST = 10  # one of so many: it has Pods, whether broken or not
BEFORE = 20  # Pods whose numbers are those of the surroundings
_SHAPES = [shape for shape, share in SHAPES for _ in range(share)]
_THINGS = ("account", "address", "audit", "basket", "billing", "booking", "campaign", "catalogue", "checkout", "consent", "coupon", "customer", "delivery",
           "discount", "export", "feedback", "fraud", "gallery", "identity", "import", "inventory", "invoice", "journal", "ledger", "loyalty", "mailer",
           "notice", "order", "payment", "pricing", "profile", "quota", "receipt", "refund", "report", "review", "search", "session", "shipping", "stock",
           "supplier", "tariff", "ticket", "upload", "voucher", "warehouse")
_ROLES = ("api", "web", "worker", "gateway", "store")
_STAGES = ("prod", "staging", "test", "dev")


@dataclass(frozen=True)
class Population:
    """`services` applications with a Service each; of each `every` of them one is broken, in ten ways by turns; 0 breaks none.

    `every` is a multiple of ten. `routes`: HTTPRoutes too, for a server that has the kinds of the Gateway API. Times are counted back from `clock`.
    """

    services: int = 5000
    every: int = 50
    seed: int = 1
    routes: bool = False
    clock: datetime = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def __post_init__(self) -> None:
        if self.every % BROKEN_AT_MOST:
            raise ValueError(f"every {self.every}th application cannot be broken: take a multiple of {BROKEN_AT_MOST}")

    def surroundings(self) -> list[Manifest]:
        """Namespaces, nodes, the cluster's DNS, and two Pods behind one Service and behind ten: what stands whatever is broken."""
        rooms = -(-(BEFORE + -(-self.services // OF_A_NAMESPACE) * PODS_OF_A_NAMESPACE) // (NODES_OF_A_ROOM * PODS_OF_A_NODE))
        names = [self._namespace(number) for number in range(-(-self.services // OF_A_NAMESPACE))]
        return surroundings.objects(names, rooms * NODES_OF_A_ROOM, self.clock, self.routes)

    def applications(self, start: int = 0, end: int | None = None) -> Iterator[Application]:
        """The applications from one number up to another."""
        for number in range(start, self.services if end is None else end):
            yield self.application(number)

    def application(self, number: int) -> Application:
        namespace, place = divmod(number, OF_A_NAMESPACE)
        replicas = self._replicas(namespace)
        slot = Slot(Place(self._namespace(namespace), self.clock), self._names(namespace)[place], replicas[place],
                    BEFORE + namespace * PODS_OF_A_NAMESPACE + sum(replicas[:place]), Random(f"{self.seed}/entry/{number}"), self.routes)
        if self.is_broken(number):
            return WAYS[number // self.every % len(WAYS)](slot)
        return self._shapes(namespace)[place](slot)

    def is_broken(self, number: int) -> bool:
        return bool(self.every) and number % self.every == self.every // 2

    def differing(self, other: Population) -> list[int]:
        """The numbers of the applications that are not the same in a population that differs in `every` alone."""
        return [number for number in range(self.services) if self.is_broken(number) or other.is_broken(number)]

    @property
    def broken(self) -> int:
        return sum(map(self.is_broken, range(self.services)))

    def _namespace(self, number: int) -> str:
        thing, stage = divmod(number, len(_STAGES))
        turn = thing // len(_THINGS)
        return f"{_THINGS[thing % len(_THINGS)]}{turn or ''}-{_STAGES[stage]}"

    @functools.lru_cache(4)  # noqa: B019 - populations are few, and live as long as the process
    def _names(self, namespace: int) -> list[str]:
        draw = Random(f"{self.seed}/names/{namespace}")
        return [f"{thing}-{draw.choice(_ROLES)}" for thing in draw.sample(_THINGS, OF_A_NAMESPACE)]

    @functools.lru_cache(4)  # noqa: B019
    def _shapes(self, namespace: int) -> list[Shape]:
        """What each would be if it were not broken; where one in ten may be, it has Pods."""
        draw = Random(f"{self.seed}/shapes/{namespace}")
        return draw.sample(_SHAPES, len(_SHAPES)) + [draw.choice(_SHAPES) for _ in range(OF_A_NAMESPACE - len(_SHAPES))]

    @functools.lru_cache(4)  # noqa: B019
    def _replicas(self, namespace: int) -> list[int]:
        """How many Pods each has, broken or not: most have few, some many."""
        draw = Random(f"{self.seed}/replicas/{namespace}")
        weights = [min(draw.paretovariate(1.3), 12) for _ in range(OF_A_NAMESPACE)]
        shapes = self._shapes(namespace)
        able = [place for place in range(OF_A_NAMESPACE) if shapes[place] not in WITHOUT_PODS or self._may_break(namespace, place)]
        found = [int(place in able) for place in range(OF_A_NAMESPACE)]
        further = PODS_OF_A_NAMESPACE - len(able)
        for place in draw.choices(able, [weights[place] for place in able], k=further):
            found[place] += 1
        return found

    def _may_break(self, namespace: int, place: int) -> bool:
        return (namespace * OF_A_NAMESPACE + place) % BROKEN_AT_MOST == BROKEN_AT_MOST // 2
