"""Whether what a workload was asked for has come: every pod new and ready, none of the old ones left."""

from collections.abc import Collection, Iterable

from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled
from lab.live.inventory import Inventory, Workload

# A rollout of the slowest service on a busy machine takes some 20 s; what takes longer is told as not settled. Clients
# commonly give a step 60 s, all in all.
PATIENCE = 45.0


def settle(inventory: Inventory, service: str, patience: float = PATIENCE) -> str | None:
    """None once it has settled; else what is still missing when patience ends."""
    try:
        wait_until(lambda: _must_be_settled(inventory, service), patience, what=service)
    except NotSettled as error:
        return str(error.__cause__)
    return None


def settle_all(inventory: Inventory, patience: float, but: Collection[str] = ()) -> str | None:
    def awaited() -> list[Workload]:
        return [workload for name, workload in inventory.workloads().items() if name not in but]

    try:
        wait_until(lambda: _must_be_at_rest(awaited()), patience, what="all services")
    except NotSettled as error:
        return str(error.__cause__)
    return None


def unsettled(workload: Workload) -> str | None:
    """By the controllers' own counts."""
    if not workload.seen:
        return f"{workload.service} has not been looked at by its controller yet"
    if workload.updated < workload.wanted or workload.ready < workload.wanted:
        return f"{workload.ready} of {workload.wanted} pods of {workload.service} are ready, {workload.updated} new"
    return None


def _must_be_settled(inventory: Inventory, service: str) -> None:
    workload = inventory.workload(service)
    _must_be_at_rest([workload])
    pods = inventory.pods(service)
    if len(pods) != workload.wanted:
        raise NotYet(f"{len(pods)} pods of {service} are there, {workload.wanted} are wanted")


def _must_be_at_rest(workloads: Iterable[Workload]) -> None:
    for workload in workloads:
        if missing := unsettled(workload):
            raise NotYet(missing)
