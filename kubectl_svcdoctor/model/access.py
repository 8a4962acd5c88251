"""The rights that a probe takes, in the words of RBAC, and how to ask whether one has them."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_svcdoctor.model.command import kubectl


@dataclass(frozen=True, slots=True)
class Access:
    """Verbs on a subresource of the core group. All of them are needed: kubectl and we start a stream by GET, older clients by POST."""

    plural: str
    subresource: str
    verbs: tuple[str, ...]

    @property
    def resource(self) -> str:
        """`pods/portforward`, as rules of RBAC write it."""
        return f"{self.plural}/{self.subresource}"

    def __str__(self) -> str:
        """`the rights to get and create pods/portforward`."""
        return f"the right{'s' if len(self.verbs) > 1 else ''} to {' and '.join(self.verbs)} {self.resource}"

    def asked(self, namespace: str = "") -> str:
        """The commands that tell whether one has them. `pods/portforward` alone would be a Pod of that name, which nobody may touch."""
        return ", ".join(str(kubectl("auth", "can-i", verb, self.plural, f"--subresource={self.subresource}", namespace=namespace)) for verb in self.verbs)


PORT_FORWARD = Access("pods", "portforward", ("get", "create"))
EXEC = Access("pods", "exec", ("get", "create"))
POD_PROXY = Access("pods", "proxy", ("get",))
EPHEMERAL = Access("pods", "ephemeralcontainers", ("patch",))
NODE_PROXY = Access("nodes", "proxy", ("get",))
