"""One measurement: asked over the kept connection, or read from the words with which postgres refuses a new one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

QUERY = """
select (select count(*) from pg_stat_activity where backend_type = 'client backend'),
       current_setting('max_connections')::int,
       extract(epoch from now() - pg_postmaster_start_time())::float8
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    up: bool
    connections: int | None = None
    max_connections: int | None = None
    uptime_seconds: float | None = None


DOWN = Measurement(up=False)


class Session(Protocol):
    def execute(self, query: str) -> Any: ...
    def close(self) -> None: ...


class Meter:
    """`connect` opens a session; `lost` is what both it and a session raise when postgres is not there."""

    def __init__(self, connect: Callable[[], Session], lost: type[Exception]) -> None:
        self._connect = connect
        self._lost = lost
        self._session: Session | None = None
        self._max_connections: int | None = None

    def measure(self) -> Measurement:
        try:
            return self._ask()
        except self._lost as error:
            self.close()
            return self._refused(str(error))

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ask(self) -> Measurement:
        self._session = self._session or self._connect()
        connections, limit, uptime = self._session.execute(QUERY).fetchone()
        self._max_connections = limit
        return Measurement(True, connections, limit, uptime)

    def _refused(self, words: str) -> Measurement:
        """A server that has no connection left says so, and by that is up and full."""
        if "too many clients" in words or "remaining connection slots" in words:
            return Measurement(True, self._max_connections, self._max_connections)
        return DOWN
