"""The diagnosis `check_dependencies`: whom a service calls and who calls it, as both sides measured it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lab.live.figures import WINDOW
from lab.live.incident import Incident, Key
from lab.live.prometheus import Prometheus, Sample
from lab.live.report import Line, evidence, note
from lab.live.units import percent, rate, seconds
from lab.world import Evidence

Edge = tuple[str, str]
"""Caller and callee."""
# Above the noise of a single failed call among few.
TOLERATED = 0.03


@dataclass(slots=True)
class Measured:
    """Calls a second along one edge: by outcome, and by the caller's zone."""

    outcomes: dict[str, float] = field(default_factory=dict)
    by_zone: dict[str, dict[str, float]] = field(default_factory=dict)
    p95: float | None = None

    @property
    def calls(self) -> float:
        return sum(self.outcomes.values())

    @property
    def failed(self) -> float:
        return _failed(self.outcomes)


def check_dependencies(prometheus: Prometheus, namespace: str, service: str, incident: Incident) -> Evidence:
    edges = measured(prometheus.query(question(namespace, service)))
    head = (
        f"Dependencies of {service}, as measured by the callers over the last {WINDOW} s, "
        f"{incident.relative(incident.clock())}; healthy values are from just before the incident."
    )
    return evidence(head, list(lines_of(service, edges, incident.healthy)))


def question(namespace: str, service: str | None = None) -> str:
    """Both directions in one expression; with no service, every edge there is."""
    inside = f'namespace="{namespace}"'
    ends = [f'{inside},service="{service}"', f'{inside},peer="{service}"'] if service else [inside]
    return " or ".join(_calls(end) for end in ends) + " or " + " or ".join(_slow(end) for end in ends)


def _calls(end: str) -> str:
    summed = f"sum by (service, peer, zone, outcome) (rate(client_requests_total{{{end}}}[{WINDOW}s]))"
    return f'label_replace({summed}, "fact", "calls", "", "")'


def _slow(end: str) -> str:
    summed = f"sum by (service, peer, le) (rate(client_request_seconds_bucket{{{end}}}[{WINDOW}s]))"
    return f'label_replace(histogram_quantile(0.95, {summed}), "fact", "p95", "", "")'


def measured(samples: Sequence[Sample]) -> dict[Edge, Measured]:
    edges: dict[Edge, Measured] = {}
    for sample in samples:
        of = sample.labels
        edge = edges.setdefault((of["service"], of["peer"]), Measured())
        if of["fact"] == "p95":
            edge.p95 = sample.value
            continue
        outcome, zone = of["outcome"], of.get("zone", "")
        edge.outcomes[outcome] = edge.outcomes.get(outcome, 0) + sample.value
        edge.by_zone.setdefault(zone, {})[outcome] = sample.value
    return edges


def healthy_values(edges: Mapping[Edge, Measured]) -> dict[Key, float]:
    """In the incident's own form, to be kept from before it."""
    rates: dict[Key, float] = {("calls", *edge): found.calls for edge, found in edges.items()}
    return rates | {("call_failures", *edge): found.failed for edge, found in edges.items() if found.calls}


def lines_of(service: str, edges: Mapping[Edge, Measured], healthy: Mapping[Key, float]) -> Iterator[Line]:
    usual = {(key[1], key[2]): value for key, value in healthy.items() if key[0] == "calls" and service in key[1:]}
    everyone = {**{edge: Measured() for edge in usual}, **edges}
    calls = sorted(edge for edge in everyone if edge[0] == service)
    callers = sorted(edge for edge in everyone if edge[1] == service)
    yield note(f"{service} calls:" if calls else f"{service} calls no other service.")
    for edge in calls:
        yield from _edge_lines(f"calls_to {edge[1]}", "calls_to", edge, everyone[edge], healthy)
    yield note(f"{service} is called by:" if callers else f"No service of the shop calls {service}.")
    for edge in callers:
        yield from _edge_lines(f"calls_from {edge[0]}", "calls_from", edge, everyone[edge], healthy)


def _edge_lines(name: str, key: str, edge: Edge, found: Measured, healthy: Mapping[Key, float]) -> Iterator[Line]:
    usual_rate, usual_failed = healthy.get(("calls", *edge)), healthy.get(("call_failures", *edge), 0.0)
    usual = f" (healthy: {rate(usual_rate)}, {percent(usual_failed)} failed)" if usual_rate else ""
    if found.calls < 0.01:
        yield Line(key, f"{name}: declared, no calls now{usual}", bool(usual_rate and usual_rate > 0.5))
        return
    slow = f", p95 {seconds(found.p95)}" if found.p95 is not None else ""
    text = f"{name}: {rate(found.calls)}, {percent(found.failed)} failed{_how(found)}{slow}{usual}"
    yield Line(key, text, found.failed > usual_failed + TOLERATED)
    if found.failed > TOLERATED and len(found.by_zone) > 1:
        yield note(f"  by the caller's zone: {_zones(found)}")


def _failed(outcomes: Mapping[str, float]) -> float:
    total = sum(outcomes.values())
    return 1 - outcomes.get("ok", 0.0) / total if total else 0.0


def _how(found: Measured) -> str:
    bad = {name: value for name, value in found.outcomes.items() if name != "ok" and value / found.calls > 0.005}
    shares = ", ".join(f"{name} {percent(value / found.calls)}" for name, value in sorted(bad.items()))
    return f" ({shares})" if shares else ""


def _zones(found: Measured) -> str:
    shares = {zone: _failed(outcomes) for zone, outcomes in sorted(found.by_zone.items()) if sum(outcomes.values())}
    return ", ".join(f"{zone or 'no zone'} {percent(share)} failed" for zone, share in shares.items())
