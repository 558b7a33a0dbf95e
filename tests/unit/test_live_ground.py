"""What a proof reads of the cluster itself: who was killed, and what can be reached from where."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from lab.cluster.lock import Hold
from lab.live import ground
from lab.live.baseline.baseline import Baseline
from lab.live.findings import Endings, Reached
from lab.live.ground import LiveGround
from tests.unit.live_fakes import FakeKube, console, deployment, pod

FIRST = "2026-11-26 12:00:01.500 GMT [7] LOG:  server process (PID 71) was terminated by signal 9: Killed"
SECOND = "2026-11-26 12:00:09.000 GMT [7] LOG:  server process (PID 71) was terminated by signal 9: Killed"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
OTHER = "2026-11-26 12:00:10.000 GMT [7] LOG:  server process (PID 90) was terminated by signal 15: Terminated"


def ground_of(kube: FakeKube) -> LiveGround:
    return LiveGround(cast(Baseline, None), console(kube), Hold())


def database(restarts: int, waiting: str = "", **companion: Any) -> FakeKube:
    kube = FakeKube(deployment("postgres-db"))
    found = pod("postgres-db", "postgres-db-1")
    found["spec"]["containers"] = [{"name": "postgres"}, {"name": "exporter"}]
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    own = {"name": "postgres", "restartCount": restarts, "state": state}
    beside = {"name": "exporter", "restartCount": 0, "state": {"running": {}}} | companion
    found["status"]["containerStatuses"] = [beside, own]
    kube.pods = [found]
    return kube


def test_a_kill_that_the_next_container_tells_again_counts_once() -> None:
    kube = database(1, "CrashLoopBackOff")
    kube.logs[("postgres-db-1", "postgres", True)] = f"{FIRST}\n{SECOND}\n{OTHER}\n"
    kube.logs[("postgres-db-1", "postgres", False)] = f"stopped 2 times\n{FIRST}\n{SECOND}\n"
    assert ground_of(kube).endings("postgres-db") == Endings((NOON + 1.5, NOON + 9), backs_off=True)


def test_restarts_and_back_off_of_a_companion_are_not_the_services() -> None:
    kube = database(0, restartCount=7, state={"waiting": {"reason": "CrashLoopBackOff"}})
    kube.logs[("postgres-db-1", "postgres", False)] = f"{OTHER}\n"
    assert ground_of(kube).endings("postgres-db") == Endings((), backs_off=False)


def test_new_connections_are_tried_from_each_zone_to_all_that_listens_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kube = FakeKube(deployment("order-service"), deployment("payment-service"), deployment("network-infra"))
    callers = [pod("order-service", f"order-{zone}", f"node-{zone}") for zone in (1, 2)]
    kube.pods = [at(callers[0], "10.0.1.1"), at(callers[1], "10.0.2.1"), *in_zone_1()]
    asked: list[tuple[str, ...]] = []

    def answers(*words: str, **_: object) -> str:
        asked.append(words)
        return "2\n" if "order-1" in words else "0\n"

    monkeypatch.setattr(ground, "kubectl", answers)
    assert ground_of(kube).connections("order-service", "az-1") == {"az-1": Reached(2, 2), "az-2": Reached(0, 2)}
    assert all(words[-2:] == ("10.0.1.1:8000", "10.0.1.7:8000") for words in asked)


def in_zone_1() -> list[dict[str, Any]]:
    payment, network = pod("payment-service", "payment-1", "node-1"), pod("network-infra", "network-1", "node-1")
    return [at(payment, "10.0.1.7"), at(network, "172.18.0.3", node="172.18.0.3")]


def at(found: dict[str, Any], address: str, node: str = "172.18.0.2") -> dict[str, Any]:
    ports = {"ports": [{"containerPort": 8000}]}
    found["spec"]["containers"] = [{"name": "main"} | ports, {"name": "companion"} | ports]
    found["status"] |= {"podIP": address, "hostIP": node}
    return found
