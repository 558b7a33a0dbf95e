"""Watches the healthy shop: `python scripts/measure/shop.py [--minutes 30] [--restarts | --past]`.

Prints what Prometheus measured over that time. With --restarts, every stateless service is restarted in turn first.
With --past it waits for nothing: the minutes are those just gone (Prometheus keeps two hours), and restarts are
those of the pods' whole lives.
"""

import argparse
import time

from lab.cluster.kube import Kube
from lab.cluster.kubectl import kubectl
from lab.cluster.steady import Prometheus
from lab.live.check import pass_time

ANSWERS = "sum(increase(shop_requests_total[{w}]))"
FAILED = 'sum(increase(shop_requests_total{{outcome="error"}}[{w}]))'
CHECKOUTS = 'increase(shop_requests_total{{journey="checkout"}}[{w}])'
FAILED_CHECKOUTS = 'increase(shop_requests_total{{journey="checkout",outcome="error"}}[{w}])'
CHECKOUT_BUCKETS = 'sum by (le) (rate(shop_request_seconds_bucket{{journey="checkout"}}[{w}]))'
MEMORY = 'sum(container_memory_working_set_bytes{{namespace="shop",container!=""}})'
PROCESSOR = 'sum(rate(container_cpu_usage_seconds_total{{namespace="shop",container!=""}}[{w}]))'
FIRED = 'count by (alertname) (count_over_time(ALERTS{{alertstate="firing"}}[{w}]))'
FIGURES = {
    "requests": ANSWERS,
    "share of failed requests": f"({FAILED} or vector(0)) / {ANSWERS}",
    "checkouts": f"sum({CHECKOUTS})",
    "failed checkouts": f"sum({FAILED_CHECKOUTS}) or vector(0)",
    "checkout p50, ms": f"histogram_quantile(0.5, {CHECKOUT_BUCKETS}) * 1000",
    "checkout p95, ms": f"histogram_quantile(0.95, {CHECKOUT_BUCKETS}) * 1000",
    "memory at most, GiB": f"max_over_time({MEMORY}[{{w}}:10s]) / 2^30",
    "processor on average, cores": PROCESSOR,
    "alerts that fired": f"count({FIRED}) or vector(0)",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=30)
    how = asked.add_mutually_exclusive_group()
    how.add_argument("--restarts", action="store_true")
    how.add_argument("--past", action="store_true")
    given = asked.parse_args()
    kube = Kube.connect()
    before = 0 if given.past else restarts(kube)
    tell(kube, given.minutes * 60 if given.past else watched(kube, given.minutes * 60, given.restarts))
    print(f"  containers restarted: {restarts(kube) - before}")


def watched(kube: Kube, seconds: float, restarting: bool) -> float:
    started = time.monotonic()
    if restarting:
        restart_each(kube)
    pass_time(15 if restarting else seconds)
    return time.monotonic() - started


def tell(kube: Kube, seconds: float) -> None:
    prometheus, window = Prometheus(kube), f"{round(seconds)}s"
    print(f"over {window}:")
    for what, query in FIGURES.items():
        print(f"  {what}: {prometheus.value(query.format(w=window))}")


def restarts(kube: Kube) -> int:
    statuses = [status for pod in kube.items("Pod", "shop") for status in pod["status"].get("containerStatuses", ())]
    return sum(int(status["restartCount"]) for status in statuses)


def restart_each(kube: Kube) -> None:
    stateful = ("postgres-db", "redis")
    names = [found["metadata"]["name"] for found in kube.items("Deployment", "shop")]
    for name in (name for name in names if not name.startswith(stateful)):
        kubectl("--namespace=shop", "rollout", "restart", f"deployment/{name}")
        kubectl("--namespace=shop", "rollout", "status", f"deployment/{name}", "--timeout=120s", timeout=130)
        print(f"  restarted {name}", flush=True)


if __name__ == "__main__":
    main()
