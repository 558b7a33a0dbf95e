"""The lab's own cluster, connected once a process: the admin's hands, the agent's, the baseline, and what is usual."""

from collections.abc import Iterable
from functools import cache
from typing import Protocol

from fault_injectors.base import Cluster
from lab.live import usual
from lab.live.baseline.baseline import of_own_cluster
from lab.live.baseline.cluster import LabCluster
from lab.live.baseline.own import own_entry
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


@cache
def own_place() -> Place:
    admin = LabCluster.own()
    token = AgentToken(admin)
    return Place(Console.connect(own_entry(), token), admin, of_own_cluster(admin), token)
