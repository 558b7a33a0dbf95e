"""The figures of a service: what Prometheus is asked, in which unit it is told, and what counts as abnormal.

One expression holds them all, so that a look is one question. `{of}` stands where a service is chosen, `{main}` where
its main container is, `{door}` for what customers see, `{window}` for the span that rates are taken over, `{since}` for
the time since the shop was last healthy.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.live.incident import Key
from lab.live.prometheus import Sample

Judge = Callable[[float, float | None], bool]
# One round of the load's mix, as the alert rules have it.
WINDOW = 10


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    promql: str
    unit: str
    judge: Judge
    by: tuple[str, ...] = ()
    """Labels beside the service that tell its series apart."""
    since: bool = False
    """Seconds since something began: what was before the incident is told no closer."""
    slow: bool = False
    """A rate that takes two readings of the kubelet, ten seconds or more apart: a new pod has none yet."""


def higher(times: float, by: float) -> Judge:
    """Above the healthy value both in proportion and in amount, so that small noise does not count."""
    return lambda value, healthy: value > (healthy or 0) * times and value > (healthy or 0) + by


def lower(times: float, by: float) -> Judge:
    return lambda value, healthy: healthy is not None and value < healthy * times and value < healthy - by


def other(value: float, healthy: float | None) -> bool:
    return healthy is not None and value != healthy


def above(limit: float) -> Judge:
    return lambda value, _healthy: value > limit


def either(*judges: Judge) -> Judge:
    return lambda value, healthy: any(judge(value, healthy) for judge in judges)


def never(_value: float, _healthy: float | None) -> bool:
    return False


def _share(part: str, whole: str, by: str = "service") -> str:
    """Of a part that may have no series yet: that is zero, not nothing."""
    return f"(sum by ({by}) ({part}) or 0 * sum by ({by}) ({whole})) / (sum by ({by}) ({whole}) > 0)"


def _rate(series: str) -> str:
    return f"rate({series}[{{window}}s])"


_ANSWERS = _rate("http_requests_total{{{of}}}")
_FAILURES = _rate('http_requests_total{{{of},code=~"5.."}}')
_LOOKUPS = _rate("cache_requests_total{{{of}}}")
_JOURNEYS = _rate("shop_requests_total{{{door}}}")

FIGURES: tuple[Figure, ...] = (
    Figure("traffic", f"sum by (service) ({_ANSWERS})", "rate", either(lower(0.6, 0.5), higher(2, 2))),
    Figure("error_rate", _share(_FAILURES, _ANSWERS), "percent", higher(1.5, 0.02)),
    Figure(
        "p95_latency",
        f"histogram_quantile(0.95, sum by (service, le) ({_rate('http_request_seconds_bucket{{{of}}}')}))",
        "seconds",
        higher(2, 0.15),
    ),
    Figure(
        "journey_failures",
        _share(_rate('shop_requests_total{{{door},outcome="error"}}'), _JOURNEYS, "journey"),
        "percent",
        higher(1.5, 0.03),
        ("journey",),
    ),
    Figure(
        "checkout_failures_from",
        _share(
            _rate('shop_requests_total{{{door},journey="checkout",outcome="error"}}'),
            _rate('shop_requests_total{{{door},journey="checkout"}}'),
            "zone",
        ),
        "percent",
        higher(1.5, 0.05),
        ("zone",),
    ),
    Figure(
        "revenue",
        f"sum({_rate('shop_revenue_dollars_total{{{door}}}')}) * 60",
        "dollars_per_minute",
        lower(0.9, 300),
    ),
    Figure(
        "revenue_lost",
        f"sum({_rate('shop_revenue_lost_dollars_total{{{door}}}')}) * 60",
        "dollars_per_minute",
        higher(1.5, 100),
    ),
    Figure(
        "memory_of_limit",
        "max by (service) (container_memory_working_set_bytes{{{main}}}"
        " / (container_spec_memory_limit_bytes{{{main}}} > 0))",
        "percent",
        above(0.9),
    ),
    Figure(
        "memory_highest_since_incident",
        # Of containers that have ended as well. Memory is read every ten seconds, and what the kernel ends had more
        # than was read: of a database that is down or was started since, the highest is not known.
        "max by (service) (max_over_time(container_memory_working_set_bytes{{{main}}}[{since}s])"
        " / (max_over_time(container_spec_memory_limit_bytes{{{main}}}[{since}s]) > 0))"
        " unless on (service) (min by (service) (pg_uptime_seconds{{{of}}}) < {since})"
        " unless on (service) (min by (service) (pg_up{{{of}}}) == 0)",
        "percent",
        above(0.9),
    ),
    Figure(
        "cpu",
        "sum by (service) (rate(container_cpu_usage_seconds_total{{{main}}}[40s]))",
        "cores",
        higher(2, 0.1),
        slow=True,
    ),
    Figure("database_up", "min by (service) (pg_up{{{of}}})", "yes", other),
    Figure("database_connections", "max by (service) (pg_connections{{{of}}})", "count", higher(1.5, 8)),
    Figure("database_connections_max", "max by (service) (pg_max_connections{{{of}}})", "count", other),
    Figure("database_uptime", "min by (service) (pg_uptime_seconds{{{of}}})", "seconds", never, since=True),
    Figure("reaches_database", "min by (service) (db_up{{{of}}})", "yes", other),
    Figure("pool_in_use", "sum by (service) (db_pool_in_use{{{of}}})", "count", higher(2, 3)),
    Figure("pool_max", "sum by (service) (db_pool_max{{{of}}})", "count", other),
    Figure("pool_waiting", "sum by (service) (db_pool_waiting{{{of}}})", "count", higher(2, 1)),
    Figure(
        "database_logins_refused",
        f"sum by (service) ({_rate('db_login_failures_total{{{of}}}')})",
        "rate",
        above(0.0),
    ),
    Figure("database_credentials_generation", "max by (service) (db_credentials_generation{{{of}}})", "count", other),
    Figure("breaker_open", "max by (service, peer) (breaker_open{{{of}}})", "yes", other, ("peer",)),
    Figure(
        "cache_hit_ratio",
        _share(_rate('cache_requests_total{{{of},result="hit"}}'), _LOOKUPS),
        "percent",
        lower(0.8, 0.1),
    ),
    Figure("cache_entries", "sum by (service) (cache_entries{{{of}}})", "count", lower(0.5, 10)),
    Figure("cache_purges", f"sum by (service) ({_rate('purges_total{{{of}}}')})", "rate", higher(2, 0.3)),
    Figure("mail_queue", "max by (service) (mail_queue_length{{{of}}})", "count", higher(2, 10)),
    Figure("render_queue", "max by (service) (render_queue_length{{{of}}})", "count", higher(2, 3)),
    Figure("fallbacks", f"sum by (service) ({_rate('fallbacks_total{{{of}}}')})", "rate", higher(2, 0.1)),
    Figure("peers_up", "min by (service, zone) (bgp_peers_up{{{of}}})", "count", lower(1, 0.5), ("zone",)),
    Figure(
        "prefixes_announced",
        "max by (service, zone, to_zone) (bgp_prefixes_announced{{{of}}})",
        "count",
        lower(1, 0.5),
        ("zone", "to_zone"),
    ),
    Figure(
        "prefixes_received",
        "max by (service, zone, from_zone) (bgp_prefixes_received{{{of}}})",
        "count",
        lower(1, 0.5),
        ("zone", "from_zone"),
    ),
    Figure(
        "routes_withdrawn", "max by (service, zone) (bgp_routes_withdrawn{{{of}}})", "count", higher(1, 0.5), ("zone",)
    ),
    Figure(
        "routes_suppressed",
        "max by (service, zone) (bgp_routes_suppressed{{{of}}})",
        "count",
        higher(1, 0.5),
        ("zone",),
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
# Customers come in through one door; what they see is told with it.
DOOR, DOORSTEP = "api-gateway", "backstage"
# Containers beside a service's own one.
COMPANIONS = "exporter|fill"


def question(service: str | None, namespace: str, since: float, window: float = WINDOW) -> str:
    """All figures of one service (or of every one) as one expression; each series says in `fact` which it is."""
    of = f'namespace="{namespace}"' + (f',service="{service}"' if service else "")
    main = f'{of},container!~"{COMPANIONS}"'
    back = f"{max(since, window):.0f}"
    fill = {"of": of, "main": main, "door": f'namespace="{DOORSTEP}"', "since": back, "window": f"{window:.0f}"}
    wanted = [figure for figure in FIGURES if service in (None, DOOR) or not _is_of_door(figure)]
    return " or ".join(
        f'label_replace({figure.promql.format(**fill)}, "fact", "{figure.name}", "", "")' for figure in wanted
    )


def keyed(samples: Iterable[Sample]) -> dict[Key, float]:
    return {_key(sample): sample.value for sample in samples}


def _key(sample: Sample) -> Key:
    figure = BY_NAME[sample.labels["fact"]]
    service = sample.labels.get("service", DOOR if _is_of_door(figure) else "")
    return (figure.name, service, *(sample.labels.get(label, "") for label in figure.by))


def _is_of_door(figure: Figure) -> bool:
    return "{door}" in figure.promql
