"""What the on-call has at hand: the cluster as the agent's account sees it, Prometheus, and threads to ask with."""

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lab.live.baseline.own import Entry
from lab.live.connection import Kube, Token
from lab.live.inventory import Inventory
from lab.live.prometheus import Prometheus

FLAGS = "feature-flags"
# A look asks for a few things at once; more would only queue at the API server.
THREADS = 8


@dataclass(slots=True)
class Console:
    kube: Kube
    inventory: Inventory
    prometheus: Prometheus
    pool: ThreadPoolExecutor
    changed_at: float = -math.inf
    """When its hands last may have changed something, on the monotonic clock."""

    @classmethod
    def connect(cls, entry: Entry, token: Token) -> "Console":
        kube = Kube.connect(entry, token)
        return cls(kube, Inventory(kube), Prometheus(kube), ThreadPoolExecutor(THREADS, "look"))

    def flags(self) -> Mapping[str, bool]:
        """From where they are kept, so that they can be read while their keeper is down."""
        found = self.kube.get(f"/api/v1/namespaces/{self.kube.shop}/configmaps/{FLAGS}")
        return {name: text == "true" for name, text in sorted(found.get("data", {}).items())}

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)
        self.prometheus.close()
        self.kube.close()
