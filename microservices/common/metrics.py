"""The series every service has. Prometheus adds service, zone and pod, so no label here says them.

A registry of our own without the process and GC collectors: a scrape each two seconds from twenty pods has to be small.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()


def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
    return Counter(name, text, labels, registry=registry)


def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
    return Gauge(name, text, labels, registry=registry)


def histogram(name: str, text: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = SECONDS) -> Histogram:
    return Histogram(name, text, labels, registry=registry, buckets=buckets)


http_requests = counter("http_requests_total", "Requests answered", ("route", "code"))
http_seconds = histogram("http_request_seconds", "Time to answer", ("route",))
client_requests = counter("client_requests_total", "Calls to a peer", ("peer", "outcome"))
client_seconds = histogram("client_request_seconds", "Time a peer took", ("peer",))
cache_requests = counter("cache_requests_total", "Look-ups in a cache", ("cache", "result"))
breaker_open = gauge("breaker_open", "1 while calls to the peer are not tried", ("peer",))
service_concern = gauge("service_concern", "1 while something makes the present state not last", ("concern",))
build_info = gauge("build_info", "Always 1", ("version",))


def declare_concerns(*concerns: str) -> None:
    """A concern that was never declared cannot be told from one that is gone."""
    for concern in concerns:
        service_concern.labels(concern).set(0)


def set_concern(concern: str, present: bool) -> None:
    service_concern.labels(concern).set(int(present))


def render() -> bytes:
    return generate_latest(registry)


def value(name: str, **labels: str) -> float:
    """What a scrape would show now; 0 where the series is not there yet."""
    return registry.get_sample_value(name, labels) or 0.0
