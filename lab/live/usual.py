"""What is usual: the healthy shop's figures, releases, replicas and flags, measured before anything is broken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.cluster.wait import NotYet, wait_until
from lab.live import dependencies, figures
from lab.live.console import Console
from lab.live.incident import Key
from lab.live.symptoms import key_of, values
from lab.scenarios import SymptomLine

# Since healing forgets the series of what was before, the windows have to fill first.
PATIENCE = 60.0
# Of the seconds that a window spans, how many must lie behind us.
FULL = figures.WINDOW + 2


@dataclass(frozen=True, slots=True)
class Usual:
    healthy: Mapping[Key, float]
    releases: Mapping[str, str]
    replicas: Mapping[str, int]
    flags: Mapping[str, bool]


def measured(console: Console, symptoms: Iterable[SymptomLine]) -> Usual:
    wait_until(lambda: _must_be_full(console), PATIENCE, every=0.5, what="a window of healthy figures")
    workloads = console.inventory.workloads()
    return Usual(
        _figures(console, symptoms),
        {name: workload.version for name, workload in workloads.items()},
        {name: workload.wanted for name, workload in workloads.items()},
        console.flags(),
    )


def _figures(console: Console, symptoms: Iterable[SymptomLine]) -> dict[Key, float]:
    namespace, ask = console.kube.shop, console.prometheus.query
    found = figures.keyed(ask(figures.question(None, namespace, figures.WINDOW)))
    found |= dependencies.healthy_values(dependencies.measured(ask(dependencies.question(namespace))))
    seen = values(console.prometheus, list({symptom.name: symptom for symptom in symptoms}.values()))
    return found | {key_of(name): value for name, value in seen.items() if value is not None}


def _must_be_full(console: Console) -> None:
    oldest = "time() - min(min_over_time(timestamp(shop_revenue_dollars_total)[60s:1s]))"
    age = console.prometheus.number(oldest)
    if age is None or age < FULL:
        raise NotYet(f"customers are measured since {0 if age is None else age:.0f} s")
