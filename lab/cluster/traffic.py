"""What each workload is asked and how it answers, for `lab status`: the last half minute, by Prometheus."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lab.cluster.kube import Kube, KubeRefused
from lab.cluster.steady import Prometheus

WINDOW = "30s"
_ASKED = f"sum by (service) (rate(http_requests_total[{WINDOW}]))"
_FAILED = f'sum by (service) (rate(http_requests_total{{code=~"5.."}}[{WINDOW}]))'
_P95 = f"histogram_quantile(0.95, sum by (service, le) (rate(http_request_seconds_bucket[{WINDOW}])))"


@dataclass(frozen=True, slots=True)
class Traffic:
    per_second: float
    error_rate: float
    p95_seconds: float | None

    def as_dict(self) -> dict[str, float | None]:
        return asdict(self)


def by_service(kube: Kube) -> Mapping[str, Traffic]:
    """Nothing where Prometheus does not answer."""
    prometheus = Prometheus(kube)
    try:
        asked, failed, slowest = (_numbers(prometheus, query) for query in (_ASKED, _FAILED, _P95))
    except KubeRefused:
        return {}
    return {
        service: Traffic(rate, failed.get(service, 0.0) / rate, slowest.get(service))
        for service, rate in asked.items()
        if rate > 0
    }


def _numbers(prometheus: Prometheus, query: str) -> dict[str, float]:
    """Without what is not a number: the quantile of nothing."""
    found = prometheus.vector(query)
    return {labels["service"]: value for labels, value in found if value == value and "service" in labels}
