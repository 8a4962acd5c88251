"""Which cluster, as which user, in which namespace."""

from __future__ import annotations

from dataclasses import dataclass, field

from kubectl_svcdoctor.collect.connection.shapes import Cluster, User


@dataclass
class Target:
    """All that is said about the connection. `server` has a scheme and no slash at its end; `context` is None in a pod."""

    context: str | None
    server: str
    namespace: str
    cluster: Cluster
    user: User
    user_name: str
    warnings: list[str] = field(default_factory=list)

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken; credentials are sent only then, as in client-go."""
        return self.server.startswith("https://")
