"""The quick test of a running lab: `ENV_BASE_URL=http://localhost:7860 python scripts/smoke/quick.py`.

Health, an episode to its score over plain HTTP and one over OpenEnv, the page; each answer's time.
"""

import os
import sys
import time

import httpx

from lab import Client, Missing
from lab.doors.openenv import IncidentAction, IncidentClient

PATIENCE_SECONDS = 60.0
CLASSIFY = {"severity": "P3", "service": "recommendation-service"}


def main() -> int:
    url = os.environ.get("ENV_BASE_URL", "http://localhost:7860")
    _await_health(url)
    for what, check in (("over HTTP", _over_http), ("over OpenEnv", _over_openenv), ("the page", _page)):
        since = time.perf_counter()
        said = check(url)
        print(f"{what}: {said} ({time.perf_counter() - since:.2f} s)")
    return 0


def _await_health(url: str) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    with Client(url) as client:
        while True:
            try:
                print(f"health: {client.health()}")
                return
            except Missing:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.2)


def _over_http(url: str) -> str:
    with Client(url) as client:
        episode = client.reset(scenario_id="AC-003")
        looked = episode.step("check_metrics", service="product-service")
        assert len(looked["observation"]["queried_data"]["check_metrics"]["product-service"]) > 100
        assert episode.step("submit_severity", **CLASSIFY)["done"]
        grade = episode.grade()
        assert grade["total"] == 1.0, grade
    return f"AC-003 scored {grade['total']}"


def _over_openenv(url: str) -> str:
    # Loaded at the first request where it is not yet; OpenEnv's own clients wait ten seconds only.
    httpx.get(f"{url}/openenv/health", timeout=PATIENCE_SECONDS).raise_for_status()
    with IncidentClient(base_url=f"{url}/openenv").sync() as env:
        env.reset(scenario_id="AC-003")
        result = env.step(IncidentAction(action_type="submit_severity", parameters=CLASSIFY))
        assert result.done, result
    return f"AC-003 scored {result.reward}"


def _page(url: str) -> str:
    answer = httpx.get(url, follow_redirects=True, timeout=30)
    assert answer.status_code == 200, answer.status_code
    assert "<html" in answer.text, answer.text[:200]
    return f"{len(answer.content)} bytes"


if __name__ == "__main__":
    sys.exit(main())
