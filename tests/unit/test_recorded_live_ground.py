"""What the recorder tells live states apart by: gauges of this moment, without figures."""

from lab.live.glance import OF_NOW, of_now
from lab.live.health import found
from lab.live.incident import Incident
from lab.live.reading import Reading

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
