"""The diagnosis `check_metrics`: a service's figures now, beside those it had before the incident."""

from collections.abc import Iterator, Mapping

from lab.live import figures
from lab.live.figures import FIGURES, Figure
from lab.live.incident import Incident, Key
from lab.live.prometheus import Prometheus
from lab.live.report import Line, evidence, fact, note
from lab.live.units import written
from lab.world import Evidence

# Every container that runs has it, from the first reading on.
RUNNING = "memory_of_limit"


def check_metrics(prometheus: Prometheus, namespace: str, service: str, incident: Incident) -> Evidence:
    question = figures.question(service, namespace, incident.age)
    now = figures.keyed(prometheus.query(question))
    head = (
        f"Metrics of {service}, measured {incident.relative(incident.clock())} over the last {figures.WINDOW} s; "
        f"healthy values are from just before the incident."
    )
    lines = list(lines_of(service, now, incident.healthy, incident.age))
    return evidence(head, lines or [note(f"Prometheus has no figures of {service}.")])


def lines_of(service: str, now: Mapping[Key, float], healthy: Mapping[Key, float], age: float) -> Iterator[Line]:
    """`age` is the incident's."""
    runs = (RUNNING, service) in now
    for figure in FIGURES:
        keys = sorted({key for key in (*now, *healthy) if key[:2] == (figure.name, service)})
        if figure.slow and runs and (figure.name, service) not in now:
            yield fact(figure.name, "not measured yet")
            continue
        for key in keys:
            if figure.since:
                yield _since(figure, key, now.get(key), age)
            else:
                yield _line(figure, key, now.get(key), healthy.get(key))


def _since(figure: Figure, key: Key, value: float | None, age: float) -> Line:
    if value is not None and value > age:
        return fact(figure.name, "longer than the incident")
    return _line(figure, key, value, None)


def _line(figure: Figure, key: Key, value: float | None, healthy: float | None) -> Line:
    of = " ".join(f"{label}={name}" for label, name in zip(figure.by, key[2:], strict=True))
    usual = "" if healthy is None else written(healthy, figure.unit)
    if value is None:
        # What is measured of a running service and is not measured now says that it does not run (or is not asked).
        return fact(figure.name, "not measured now", usual, figure.judge is not figures.never, of)
    return fact(figure.name, written(value, figure.unit), usual, figure.judge(value, healthy), of)
