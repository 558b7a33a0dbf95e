"""A measurement as Prometheus series; taken when a scrape asks, so that every figure is of that moment."""

import threading
from collections.abc import Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from microservices.db_exporter.measure import Measurement, Meter

log = structlog.get_logger()


class MeasuredCollector(Collector):
    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._one_at_a_time = threading.Lock()
        self._was_up: bool | None = None

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: else registering would measure."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._one_at_a_time:
            found = self._meter.measure()
            self._say(found.up)
        yield from families(found)

    def _say(self, up: bool) -> None:
        if up is not self._was_up:
            log.info("postgres answers" if up else "postgres does not answer")
        self._was_up = up


def families(found: Measurement) -> Iterator[GaugeMetricFamily]:
    """What could not be measured is left out, never made up."""
    figures = {
        "pg_up": ("1 while postgres answers", int(found.up)),
        "pg_connections": ("Client connections", found.connections),
        "pg_max_connections": ("Client connections that postgres takes", found.max_connections),
        "pg_uptime_seconds": ("Time since postgres started", found.uptime_seconds),
    }
    for name, (text, figure) in figures.items():
        if figure is not None:
            yield GaugeMetricFamily(name, text, value=figure)
