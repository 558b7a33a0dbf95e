"""A release that keeps each request's database connection, with a pool larger than the database allows."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease


class ConnectionLeak(ByRelease):
    needs: ClassVar[Mapping[str, str]] = {
        "DB_LEASE": "how long a request keeps its connection",
        "DB_POOL_MAX": "a pool that may take every connection there is",
    }
