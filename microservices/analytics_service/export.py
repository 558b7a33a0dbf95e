"""Export runs: one after another, each with the mode that the flag had when it started."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

import structlog

from microservices.common.periodic import stopped_within

log = structlog.get_logger()

Mode = Literal["recent", "full_history"]

RECENT = (
    "/* analytics recent events */ select user_id, kind, count(*) from events"
    " group by user_id, kind order by max(created_at) desc limit 500"
)
FULL_HISTORY = (
    "/* analytics export query */ select sum(cardinality(a)) from"
    " (select array_agg(repeat('x',2000)||g) a from generate_series(1,2000000) g) t"
)
QUERIES: dict[Mode, str] = {"recent": RECENT, "full_history": FULL_HISTORY}

_SECONDS_BETWEEN_TRIES = 1.0
_REMEMBERED = 20


class ConnectionBroke(Exception):
    """The connection ended, or could not be had, before the query's result came."""


class QueryFailed(Exception):
    """The database answered, and the answer was no."""


class Warehouse(Protocol):
    async def fetch(self, query: str) -> int:
        """Runs the query on a connection of its own and says how many rows came."""


@dataclass(slots=True)
class Run:
    number: int
    mode: Mode
    started: str
    sent: int = 0
    rows: int | None = None
    state: Literal["running", "finished", "failed"] = "running"


class Exports:
    def __init__(
        self,
        warehouse: Warehouse,
        full_history: Callable[[], Awaitable[bool]],
        on_full_history: Callable[[bool], None],
        stop: asyncio.Event,
    ) -> None:
        self._warehouse = warehouse
        self._full_history = full_history
        self._on_full_history = on_full_history
        self._stop = stop
        self._runs: deque[Run] = deque(maxlen=_REMEMBERED)
        self._number = 0

    def runs(self) -> list[dict[str, object]]:
        return [asdict(run) for run in reversed(self._runs)]

    async def run_next(self) -> None:
        run = self._begin("full_history" if await self._full_history() else "recent")
        self._on_full_history(run.mode == "full_history")
        try:
            await (self._until_done(run) if run.mode == "full_history" else self._once(run))
        except QueryFailed as failed:
            run.state = "failed"
            log.error(f"export run {run.number} failed", mode=run.mode, error=str(failed))
        finally:
            self._on_full_history(False)

    def _begin(self, mode: Mode) -> Run:
        self._number += 1
        run = Run(self._number, mode, datetime.now(UTC).isoformat(timespec="seconds"))
        self._runs.append(run)
        log.info(f"export run {run.number} started", mode=mode)
        return run

    async def _once(self, run: Run) -> None:
        try:
            await self._send(run)
        except ConnectionBroke as broke:
            run.state = "failed"
            _say_no_result(run, "leaving it to the next run", broke)

    async def _until_done(self, run: Run) -> None:
        """A full export is too dear to give up: it is sent again until it has its result."""
        while not self._stop.is_set():
            try:
                await self._send(run)
                return
            except ConnectionBroke as broke:
                _say_no_result(run, "sending again", broke)
            await stopped_within(self._stop, _SECONDS_BETWEEN_TRIES)

    async def _send(self, run: Run) -> None:
        run.sent += 1
        run.rows = await self._warehouse.fetch(QUERIES[run.mode])
        run.state = "finished"
        log.info(f"export run {run.number} finished", mode=run.mode, rows=run.rows)


def _say_no_result(run: Run, next_step: str, broke: ConnectionBroke) -> None:
    log.warning(f"export run {run.number}: no result, {next_step}", mode=run.mode, error=str(broke))
