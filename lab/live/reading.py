"""The shop as a whole, read at one moment: what health and the runbook's measuring steps judge by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.live.console import Console
from lab.live.figures import COMPANIONS, DOORSTEP
from lab.live.inventory import Workload
from lab.live.prometheus import Sample

# Short, so that what a remedy ended is soon out of it; long enough for most of a round of the load's mix.
WINDOW = 8
# The credentials that several services share, and that rotations renew.
SHARED_CREDENTIALS = "db-shop-app"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    workloads: Mapping[str, Workload]
    flags: Mapping[str, bool]
    series: Mapping[str, Mapping[Pair, float]]
    """By figure; a series by its service (or zone) and by what else tells it apart."""

    def of(self, figure: str) -> Mapping[Pair, float]:
        return self.series.get(figure, {})

    def total(self, figure: str) -> float:
        return sum(self.of(figure).values())

    def by_service(self, figure: str) -> dict[str, float]:
        return {pair[0]: value for pair, value in self.of(figure).items()}

    @property
    def credential_clients(self) -> list[str]:
        """Who gets the shared credentials at its start."""
        return [name for name, workload in self.workloads.items() if _takes_shared_credentials(workload)]


def read(console: Console) -> Reading:
    series = console.pool.submit(console.prometheus.query, question(console.kube.shop))
    flags = console.pool.submit(console.flags)
    workloads = console.inventory.workloads()
    return Reading(workloads, flags.result(), sorted_out(series.result()))


def question(namespace: str) -> str:
    return " or ".join(
        f'label_replace({promql}, "fact", "{name}", "", "")' for name, promql in _expressions(namespace).items()
    )


def sorted_out(samples: Sequence[Sample]) -> dict[str, dict[Pair, float]]:
    series: dict[str, dict[Pair, float]] = {}
    for sample in samples:
        of = sample.labels
        pair = (of.get("service") or of.get("zone") or "", of.get("part", ""))
        series.setdefault(of["fact"], {})[pair] = sample.value
    return series


def _expressions(namespace: str) -> dict[str, str]:
    shop, door = f'namespace="{namespace}"', f'namespace="{DOORSTEP}"'
    return {
        "instances": f"count by (service) (build_info{{{shop}}})",
        "concerns": _parted("concern", f"max by (service, concern) (service_concern{{{shop}}}) == 1"),
        "asked": f"sum(rate(shop_requests_total{{{door}}}[{WINDOW}s]))",
        "journeys_failed": _parted("journey", _journeys(door, 'outcome="error"', "journey")),
        "journeys_slow": _parted("journey", _journeys(door, 'outcome="slow"', "journey")),
        "checkouts_failed": _journeys(f'{door},journey="checkout"', 'outcome="error"', "zone"),
        "revenue": f"sum(rate(shop_revenue_dollars_total{{{door}}}[{WINDOW}s])) * 60",
        "errors": _share(f'http_requests_total{{{shop},code=~"5.."}}', f"http_requests_total{{{shop}}}", "service"),
        "reaches_database": f"min by (service) (db_up{{{shop}}})",
        "logins_refused": f"sum by (service) (rate(db_login_failures_total{{{shop}}}[{WINDOW}s]))",
        "credentials": f"min by (service) (db_credentials_generation{{{shop}}})",
        "credentials_published": f"max(credentials_published_generation{{{shop}}})",
        "breakers_open": _parted("peer", f"max by (service, peer) (breaker_open{{{shop}}}) == 1"),
        "database_up": f"min(pg_up{{{shop}}})",
        "database_connections": f"max(pg_connections{{{shop}}})",
        "database_connections_max": f"max(pg_max_connections{{{shop}}})",
        "database_uptime": f"max(pg_uptime_seconds{{{shop}}})",
        "database_memory": _memory(shop),
        "prefixes_received": _parted("from_zone", f"max by (zone, from_zone) (bgp_prefixes_received{{{shop}}})"),
        "routes_suppressed": f"max by (zone) (bgp_routes_suppressed{{{shop}}})",
    }


def _parted(label: str, promql: str) -> str:
    return f'label_replace({promql}, "part", "$1", "{label}", "(.*)")'


def _journeys(of: str, outcome: str, by: str) -> str:
    return _share(f"shop_requests_total{{{of},{outcome}}}", f"shop_requests_total{{{of}}}", by)


def _share(part: str, whole: str, by: str) -> str:
    all_of_it = f"sum by ({by}) (rate({whole}[{WINDOW}s]))"
    return f"(sum by ({by}) (rate({part}[{WINDOW}s])) or 0 * {all_of_it}) / ({all_of_it} > 0)"


def _memory(shop: str) -> str:
    database = f'{{{shop},service="postgres-db",container!~"{COMPANIONS}"}}'
    return f"max(container_memory_working_set_bytes{database} / (container_spec_memory_limit_bytes{database} > 0))"


def _takes_shared_credentials(workload: Workload) -> bool:
    env = workload.template["spec"]["containers"][0].get("env", [])
    sources = [entry.get("valueFrom", {}).get("secretKeyRef", {}).get("name") for entry in env]
    return SHARED_CREDENTIALS in sources
