"""A release that keeps each request's database connection, with a pool larger than the database allows."""

from collections.abc import Mapping
from typing import ClassVar

from fault_injectors.release import ByRelease, Need, like


class ConnectionLeak(ByRelease):
    needs: ClassVar[Mapping[str, Need]] = {
        "DB_LEASE": Need("how long a request keeps its connection", like("request"), "request"),
        "DB_POOL_MAX": Need(
            "a pool that may take every connection there is", like("[1-9][0-9]*"), "a whole number above 0"
        ),
    }
