"""Is the shop steady? As Prometheus measures it: every target seen, no alert, customers served, money coming in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.cluster.kube import Kube, KubeRefused
from lab.cluster.names import BACKSTAGE
from lab.cluster.wait import NotYet


@dataclass(frozen=True, slots=True)
class Sign:
    """One measured figure and the least of it that a steady shop shows."""

    what: str
    query: str
    least: float


_SERVED = 'sum(rate(shop_requests_total{outcome="ok"}[10s])) / sum(rate(shop_requests_total[10s]))'
SIGNS = (
    Sign("share of targets seen", "avg(up)", 1.0),
    Sign("share of customers served", _SERVED, 1.0),
    Sign("revenue a minute", "shop:revenue_per_minute", 10_000.0),
    Sign("share of the edge's answers from its cache", "shop:edge_hits:ratio", 0.85),
)


class Prometheus:
    def __init__(self, kube: Kube) -> None:
        self._kube = kube

    def value(self, query: str) -> float | None:
        """None where there is nothing to measure, as of nothing over nothing."""
        found = [float(one["value"][1]) for one in self._ask("/api/v1/query", query=query)["result"]]
        return found[0] if found and not math.isnan(found[0]) else None

    def vector(self, query: str) -> list[tuple[dict[str, str], float]]:
        return [(one["metric"], float(one["value"][1])) for one in self._ask("/api/v1/query", query=query)["result"]]

    def alerts(self, *, pending: bool = True) -> list[str]:
        """Those that fire and, as they may yet, those that are about to."""
        found = self._ask("/api/v1/alerts")["alerts"]
        return sorted(alert["labels"]["alertname"] for alert in found if pending or alert["state"] == "firing")

    def _ask(self, path: str, **query: str) -> Any:
        return self._kube.ask(BACKSTAGE, "prometheus", path, **query)["data"]


class Steadiness:
    """A probe for wait_until."""

    def __init__(self, kube: Kube) -> None:
        self._prometheus = Prometheus(kube)

    def __call__(self) -> None:
        try:
            lacking = self._lacking()
        except KubeRefused as refusal:  # Prometheus is not up yet
            raise NotYet(str(refusal)) from refusal
        if lacking:
            raise NotYet("; ".join(lacking))

    def _lacking(self) -> Sequence[str]:
        poor = [
            f"{sign.what} is {seen}" for sign in SIGNS if below(seen := self._prometheus.value(sign.query), sign.least)
        ]
        return [*poor, *(f"alert {name}" for name in self._prometheus.alerts())]


def below(seen: float | None, least: float) -> bool:
    return seen is None or seen < least
