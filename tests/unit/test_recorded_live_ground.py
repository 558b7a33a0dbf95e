"""What the recorder tells live states apart by: gauges of this moment, without figures; and what it takes at all."""

from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lock import Hold
from lab.errors import NotSettled
from lab.live import check, glance
from lab.live.glance import OF_NOW, GlancingWorld, of_now
from lab.live.health import found
from lab.live.incident import Incident
from lab.live.place import Place
from lab.live.reading import Reading
from lab.scenarios import get
from tests.unit.live_fakes import FakeKube, FakePrometheus, console, sample

SCENARIO = get("RCA-002")
LINGERING = ("errors", "journeys_failed", "journeys_slow", "logins_refused")


def reading(**series: dict[tuple[str, str], float]) -> Reading:
    return Reading({}, {}, {"database_up": {("postgres-db", ""): 1.0}, **series})


def test_what_a_window_drags_on_is_no_symptom() -> None:
    lingering = reading(**{key: {("user-service", "profile"): 1.0} for key in LINGERING})
    incident = Incident(0, 0, healthy={("revenue", "api-gateway"): 12_000.0})
    assert list(found(lingering, incident))
    assert list(found(of_now(lingering), incident)) == []


def test_what_is_so_now_is_one() -> None:
    now = reading(concerns={("auth-service", "breaker_latched"): 1.0}, reaches_database={("auth-service", ""): 0.0})
    assert list(found(of_now(now), Incident(0, 0))) == list(found(now, Incident(0, 0)))
    assert len(list(found(of_now(now), Incident(0, 0)))) == 2
    assert set(of_now(now).series) == {*OF_NOW, "revenue"}


def outside(ratio: float, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(check, "SYMPTOM_EVERY", 0.01)
    monkeypatch.setattr(glance, "BAND_SECONDS", 0.03)
    values = {band.query: (band.min + band.max) / 2 for band in SCENARIO.answer.symptoms}
    values[SCENARIO.answer.symptoms[0].query] = ratio
    seen: Any = None
    hands = console(FakeKube(), FakePrometheus(lambda promql: [sample(values[promql])]))
    return GlancingWorld(Place(hands, seen, seen, seen)).outside(SCENARIO)


def test_an_incident_is_held_against_its_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outside(0.65, monkeypatch) == []
    assert outside(0.88, monkeypatch) == ["checkout_failure_ratio is 0.88 to 0.88, wanted 0.55 to 0.72"]


class _Stubborn:
    """A ground that fails to heal the first time."""

    def __init__(self) -> None:
        self.asked = 0

    def heal(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise NotSettled("the baseline did not come")


def test_where_the_end_fails_healing_is_tried_once_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    seen: Any = None
    ground: Any = _Stubborn()
    hold = Hold()
    world = GlancingWorld(Place(console(FakeKube(), FakePrometheus(lambda _promql: [])), seen, ground, seen), hold=hold)
    hold.take()
    with pytest.raises(NotSettled):
        world.end()
    world.heal()
    assert (ground.asked, hold.held) == (2, False)
