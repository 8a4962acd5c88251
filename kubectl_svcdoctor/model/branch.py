"""The branches of an examination: one for each backend that the subject leads to."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.model.evidence import ServiceKey


@dataclass(frozen=True, slots=True)
class Branch:
    """One way from the subject to a backend; `service` is None where the subject leads to none.

    `port` is the one that the rule names, 0 for all of the Service's; `weight` its share of the requests, 0 for a backend that is to get none; `rule`
    says in the words of the subject what leads there. `awaited`: no request of the subject's clients goes there, but its Pods wait for it.
    """

    service: ServiceKey | None
    port: int = 0
    weight: int = 1
    rule: str = ""
    awaited: bool = False

    @property
    def id(self) -> str:
        """`shop/web`, `shop/web:8080` for one port of it; empty where there is no backend."""
        if self.service is None:
            return ""
        return f"{self.service.namespace}/{self.service.name}" + (f":{self.port}" if self.port else "")

    @property
    def serving(self) -> bool:
        """Whether clients of the subject depend on it."""
        return self.weight > 0 and not self.awaited


class Backends(tuple[Branch, ...]):
    """The branches that the subject leads to; never empty."""
