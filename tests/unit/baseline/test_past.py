"""What is noted until the past is forgotten, on a cluster that only keeps objects."""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, cast

import pytest

from lab.cluster.wait import NotYet
from lab.live.baseline import baseline as healing
from lab.live.baseline import past
from lab.live.baseline.baseline import Baseline
from lab.live.baseline.cluster import PROMETHEUS, LabCluster
from lab.live.baseline.declared import Declared
from lab.live.baseline.steady import Calm, Reading
from lab.live.baseline.values import Object


class Keeping:
    """Objects by path, and the shop's events."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.forgotten: list[tuple[str, str]] = []

    def post(self, path: str, **given: str) -> None:
        assert path == f"{PROMETHEUS}/admin/tsdb/delete_series"
        self.forgotten.append((given["match[]"], given["end"]))

    def get(self, path: str) -> Object:
        if path == f"{PROMETHEUS}/alerts":
            return {"data": {"alerts": []}}
        assert path.startswith("/api/v1/namespaces/shop/events")
        return {"items": self.events}

    def find(self, path: str) -> Object | None:
        return self.objects.get(path)

    def create(self, path: str, body: Object) -> Object:
        self.objects[f"{path}/{body['metadata']['name']}"] = body
        return body

    def delete(self, path: str) -> None:
        if path.startswith("/api/v1/namespaces/shop/events?limit="):
            del self.events[: int(path.rpartition("=")[2])]
        else:
            self.objects.pop(path, None)


def cluster(*events: Object) -> tuple[LabCluster, Keeping]:
    keeping = Keeping()
    keeping.events.extend(events)
    return cast(LabCluster, cast(Any, keeping)), keeping


def test_nothing_happened_and_nothing_is_noted() -> None:
    assert past.is_forgotten(cluster()[0])


def test_what_happened_is_to_be_forgotten() -> None:
    shop, _ = cluster({"reason": "Killing"})
    assert not past.is_forgotten(shop)
    past.forget_events(shop)
    assert past.is_forgotten(shop)


def test_the_thousands_of_a_long_episode_go_some_at_a_time() -> None:
    shop, keeping = cluster(*({"reason": "Unhealthy"} for _ in range(5 * past.AT_ONCE + 1)))
    past.forget_events(shop)
    assert not keeping.events


def test_whoever_broke_off_is_remembered_after_the_events_are_gone() -> None:
    shop, keeping = cluster({"reason": "Killing"})
    past.note_unfinished(shop)
    past.note_unfinished(shop)
    keeping.events.clear()
    assert not past.is_forgotten(shop)
    past.note_finished(shop)
    past.note_finished(shop)
    assert past.is_forgotten(shop)
    assert not keeping.objects


def test_old_events_go_beside_the_healing_and_the_note_stays_until_its_end() -> None:
    shop, keeping = cluster({"reason": "Killing"})
    with Baseline(shop, lambda: Declared({}, {})) as baseline:
        beside = baseline._forget_events_beside()
        assert beside is not None
        beside.result(5)
        assert not keeping.events
        assert not past.is_forgotten(shop)
        past.note_finished(shop)
        assert baseline._forget_events_beside() is None


def test_what_was_brought_up_meanwhile_is_declared_anew() -> None:
    declared, brought = iter([Declared({}, {}), Declared({"/new": {}}, {})]), ["first"]
    with Baseline(cluster()[0], lambda: next(declared), lambda: tuple(brought)) as baseline:
        assert baseline.declared is baseline.declared
        brought.append("second")
        assert baseline.declared.objects == {"/new": {}}


class NothingToMend:
    """A healing whose last look goes on."""

    def __init__(self) -> None:
        self.calm, self.load = Calm(), list[Object]()


def steady(keeping_shop: LabCluster, heal: NothingToMend, look: Future[None]) -> None:
    with Baseline(keeping_shop, lambda: Declared({}, {})) as baseline:
        baseline._require_steady(cast(Any, heal), look)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    """Bad answers end the calms that began at 10 and 11 s, the second one before it lasts."""
    good = [(10.0, 0), (10.9, 0), (11.0, 1), (11.5, 2), (12.0, 2), (12.5, 2), (30.0, 2)]
    read = iter([Reading(at, 20 * at, bad) for at, bad in good])
    monkeypatch.setattr(healing, "CustomersEye", lambda *_: Eye(read))
    monkeypatch.setattr(healing, "EVERY", 0.001)
    return read


@pytest.mark.usefixtures("readings")
def test_all_series_up_to_each_calm_that_lasts_are_forgotten_once() -> None:
    shop, keeping = cluster()
    steady(shop, NothingToMend(), Future())
    everything = '{__name__=~".+"}'
    assert keeping.forgotten == [(everything, at) for at in ("10.000", "11.500")]


def test_a_look_that_found_something_ends_the_calm_at_once(readings: Iterator[Reading]) -> None:
    look: Future[None] = Future()
    look.set_exception(NotYet("a pod says breaker_latched"))
    steady(cluster()[0], NothingToMend(), look)
    assert next(readings).at == 10.0


@pytest.mark.usefixtures("readings")
def test_a_calm_goes_on_where_the_one_before_was_given_up() -> None:
    heal = NothingToMend()
    heal.calm.add(Reading(7.0, 140, 0))
    steady(cluster()[0], heal, Future())
    assert heal.calm.since == 7.0


class Eye:
    def __init__(self, readings: Iterator[Reading]) -> None:
        self._readings = readings

    def read(self, _pods: list[Object]) -> Reading:
        return next(self._readings)
