"""The speaker: listens, decides, keeps, programs. Every step of a sync is somebody else's; this is their order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from microservices.network_infra import figures, routes
from microservices.network_infra.changes import changes
from microservices.network_infra.packet_filter import FilterRefused, PacketFilter
from microservices.network_infra.peers import Peers
from microservices.network_infra.policy import ExportFilter
from microservices.network_infra.routes import Decision, Drop, Heard, Own
from microservices.network_infra.store import Store

log = structlog.get_logger()

# The listing costs a process: looked at when the wanted rules change, and so often in case somebody else changed them.
_SYNCS_BETWEEN_CHECKS = 5


class Speaker:
    def __init__(
        self,
        own: Own,
        export: ExportFilter,
        store: Store,
        peers: Peers,
        packet_filter: PacketFilter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.own = own
        self.peers = peers
        self.heard: list[Heard] = []
        self.decision: Decision | None = None
        self._export = export
        self._store = store
        self._packet_filter = packet_filter
        self._clock = clock
        self._programmed: Sequence[Drop] | None = None
        self._syncs = 0
        # A sync that listened before an operator's word must not write after it what it heard before.
        self._turn = asyncio.Lock()

    async def sync(self) -> None:
        async with self._turn:
            if self._syncs % _SYNCS_BETWEEN_CHECKS == 0 or not self.peers.addresses():
                await self.peers.discover()
            self.heard = await self.peers.poll(self.own.zone)
            decision = self._decide()
            await self._program(decision.drops)
            figures.show(self.heard, decision)
            self._syncs += 1

    def announces_to(self, zone: str) -> bool:
        return routes.announces(self.own, zone, self._store.load(), self._export, self._clock())

    async def override(self) -> None:
        async with self._turn:
            self._store.save(routes.overridden(self._store.load(), self._clock()))
        log.info("operator override set", hours=routes.OVERRIDE_SECONDS / 3600)

    async def clear(self) -> None:
        async with self._turn:
            self._store.save(routes.cleared(self._store.load()))
        await self.sync()

    async def restore(self) -> list[str]:
        """On every speaker: first all announce again, then all forget what they suppressed.

        The other way round a speaker would hear the old withdrawal once more and suppress it anew.
        """
        await self.override()
        missed = set(await self.peers.tell("/peers/override"))
        await self.clear()
        return sorted(missed | set(await self.peers.tell("/peers/clear")))

    def table(self) -> dict[str, Any]:
        own = {"zone": self.own.zone, "prefix": self.own.prefix}
        decided = self.decision
        if decided is None:
            return {"own": own}
        return {
            "own": own,
            "withheld_from": list(decided.withheld),
            "withdrawn": dict(decided.withdrawn),
            "suppressed": dict(decided.kept.suppressed),
            "override": decided.override,
            "dropped": [drop.destination for drop in decided.drops],
        }

    def peer_states(self) -> list[dict[str, Any]]:
        return [
            {"zone": peer.zone, "prefix": peer.prefix, "announced": peer.announced, "state": peer.state}
            for peer in sorted(self.heard, key=lambda peer: peer.zone)
        ]

    def _decide(self) -> Decision:
        decision = routes.decide(self.own, self.heard, self._store.load(), self._export, self._clock())
        self._store.save(decision.kept)
        for change in changes(self.own, self.decision, decision):
            (log.warning if change.trouble else log.info)(change.text)
        self.decision = decision
        return decision

    async def _program(self, drops: Sequence[Drop]) -> None:
        if drops == self._programmed and self._syncs % _SYNCS_BETWEEN_CHECKS:
            return
        try:
            done = await self._packet_filter.ensure(drops)
        except FilterRefused as refusal:
            self._programmed = None
            log.error("packet filter refused, trying again at the next sync", error=str(refusal))
            return
        self._programmed = drops
        if done:
            log.info("packet filter programmed", commands=done, drops=[f"{d.source} to {d.destination}" for d in drops])
