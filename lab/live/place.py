"""The lab's own cluster: the admin's hands, the agent's, the baseline, what is usual. Connected once while it lasts."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from fault_injectors.base import Cluster
from lab.live import usual
from lab.live.baseline.baseline import of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.own import Entry, own_entry
from lab.live.console import Console
from lab.live.rights import AgentToken
from lab.live.usual import Usual
from lab.scenarios import SymptomLine


class Ground(Protocol):
    """What puts the shop back to where an episode starts from."""

    def heal(self) -> object: ...


class Place:
    """What is usual is measured once: the baseline is proven to be the same before each episode."""

    def __init__(self, console: Console, admin: Cluster, ground: Ground, token: AgentToken) -> None:
        self.console, self.admin, self.ground, self.token = console, admin, ground, token
        self._usual: Usual | None = None

    def usual(self, symptoms: Iterable[SymptomLine]) -> Usual:
        """To be asked of a healthy shop."""
        if self._usual is None:
            self._usual = usual.measured(self.console, symptoms)
        return self._usual


def own_place() -> Place:
    """Asks each time which cluster that is: one that is gone is said to be, and a new one in its place is another."""
    return _place_of(own_entry())


@lru_cache(maxsize=1)
def _place_of(entry: Entry) -> Place:
    admin = LabCluster.own()
    token = AgentToken(admin)
    return Place(Console.connect(entry, token), admin, of_own_cluster(admin), token)
