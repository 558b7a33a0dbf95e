import math
from typing import Any

import pytest

from lab.cli import status
from lab.cluster import traffic
from lab.cluster.kube import KubeRefused

ANSWERS = {
    traffic._ASKED: {"order-service": 4.0, "idle-service": 0.0},
    traffic._FAILED: {"order-service": 1.0},
    traffic._P95: {"order-service": 0.25, "idle-service": math.nan},
}


class Answers:
    def __init__(self, _: object) -> None:
        pass

    def vector(self, query: str) -> list[tuple[dict[str, str], float]]:
        return [({"service": name}, value) for name, value in ANSWERS[query].items()]


class Silent(Answers):
    def vector(self, query: str) -> list[tuple[dict[str, str], float]]:
        raise KubeRefused(503, "GET", "no endpoints available")


def test_traffic_is_told_by_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "Prometheus", Answers)
    kube: Any = None
    assert traffic.by_service(kube) == {"order-service": traffic.Traffic(4.0, 0.25, 0.25)}


def test_without_prometheus_there_is_no_traffic_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "Prometheus", Silent)
    kube: Any = None
    assert traffic.by_service(kube) == {}


def test_a_row_says_how_a_service_answers() -> None:
    workload = {"workload": "order-service", "release": "v1", "pods": "3/3", "zones": "az-1", "restarts": 2}
    measured = traffic.Traffic(4.0, 0.25, 0.25).as_dict()
    row = status._row({**workload, "lacking": "", "traffic": measured})
    assert row == ["order-service", "v1", "3/3", "az-1", "2", "4.0", "25.0%", "250 ms", ""]


def test_a_row_without_traffic_stays_empty_there() -> None:
    workload = {"workload": "redis", "release": "v1", "pods": "1/1", "zones": "az-1", "restarts": 0}
    row = status._row({**workload, "lacking": "has 0 of 1 ready", "traffic": None})
    assert row[5:] == ["", "", "", "has 0 of 1 ready"]
