"""The alert rules: what they promise to the scenarios, and when they fire as Prometheus' own tester plays them."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.cluster.golang import PROMETHEUS, compiled
from lab.cluster.manifests import FOLDERS
from lab.cluster.names import BACKSTAGE
from lab.cluster.process import run
from lab.scenarios import load_all

HOUR = 1800  # samples, one each two seconds
MINUTES = 120
TROUBLE = 30  # the sample at which a symptom begins: one minute in
FIRES_WITHIN = 12
JOURNEYS = {"page": 4.4, "login": 2.4, "profile": 6.0, "recommendations": 3.2, "checkout": 4.0}  # in two seconds

Series = dict[str, str]
with_promtool = pytest.mark.live  # on a machine without it, compiled with the cluster's own Prometheus


def rules() -> dict[str, Any]:
    (config,) = yaml.safe_load_all((FOLDERS[BACKSTAGE] / "rules.yaml").read_text())
    parsed: dict[str, Any] = yaml.safe_load(config["data"]["shop.yaml"])
    return parsed


def intervals() -> dict[str, str]:
    manifests = yaml.safe_load_all((FOLDERS[BACKSTAGE] / "prometheus.yaml").read_text())
    (config,) = (one for one in manifests if one["kind"] == "ConfigMap")
    found: dict[str, str] = yaml.safe_load(next(iter(config["data"].values())))["global"]
    return found


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in rules()["groups"] for rule in group["rules"] if "alert" in rule}


def test_the_seven_alerts_with_their_severities() -> None:
    assert {name: rule["labels"]["severity"] for name, rule in alerts().items()} == {
        "DatabaseConnectionsExhausted": "P1",
        "DatabaseDown": "P1",
        "CheckoutFailing": "P1",
        "ProfilesFailing": "P1",
        "PagesSlow": "P2",
        "GatewayErrors": "P2",
        "RecommendationErrors": "P3",
    }


def test_every_scenario_has_its_alert() -> None:
    assert {scenario.brief.alert for scenario in load_all().values()} <= alerts().keys()


def test_no_alert_of_a_harder_scenario_names_its_culprit() -> None:
    for scenario in load_all().values():
        if scenario.brief.task != "alert_classification":
            said = " ".join(alerts()[scenario.brief.alert]["annotations"].values())
            assert scenario.answer.culprit not in said, scenario.id


def climbing(per_sample: float, start: float = 0, samples: int = MINUTES) -> str:
    return f"{start}+{per_sample}x{samples}"


def then(before: float, after: float) -> str:
    """A counter that climbs at one pace, and from the trouble on at another."""
    return f"{climbing(before, samples=TROUBLE)} {climbing(after, start=before * TROUBLE + after)}"


def steady(value: float, samples: int) -> str:
    return f"{value}x{samples}"


def changed(before: float, after: float) -> str:
    return f"{before}x{TROUBLE} {after}x{MINUTES}"


def healthy(samples: int = MINUTES) -> Series:
    found = {
        "pg_up": steady(1, samples),
        "pg_connections": steady(20, samples),
        "pg_max_connections": steady(60, samples),
        'http_requests_total{service="api-gateway",code="200"}': climbing(20, samples=samples),
        'http_requests_total{service="api-gateway",code="503"}': climbing(0, samples=samples),
        'client_requests_total{peer="recommendation-service",outcome="ok"}': climbing(3, samples=samples),
        'client_requests_total{peer="recommendation-service",outcome="error"}': climbing(0, samples=samples),
        'shop_request_seconds_bucket{journey="page",le="1.0"}': climbing(4.4, samples=samples),
        'shop_request_seconds_bucket{journey="page",le="2"}': climbing(4.4, samples=samples),
        'shop_request_seconds_bucket{journey="page",le="+Inf"}': climbing(4.4, samples=samples),
        'shop_request_seconds_count{journey="page"}': climbing(4.4, samples=samples),
    }
    for journey, count in JOURNEYS.items():
        found[f'shop_requests_total{{journey="{journey}",outcome="ok"}}'] = climbing(count, samples=samples)
        found[f'shop_requests_total{{journey="{journey}",outcome="error"}}'] = climbing(0, samples=samples)
    return found


def failing(journey: str, share: float) -> Series:
    count = JOURNEYS[journey]
    return {
        f'shop_requests_total{{journey="{journey}",outcome="ok"}}': then(count, count * (1 - share)),
        f'shop_requests_total{{journey="{journey}",outcome="error"}}': then(0, count * share),
    }


def gateway_errors(share: float) -> Series:
    return {
        'http_requests_total{service="api-gateway",code="200"}': then(20, 20 * (1 - share)),
        'http_requests_total{service="api-gateway",code="503"}': then(0, 20 * share),
    }


TROUBLES: Mapping[str, Series] = {
    "DatabaseConnectionsExhausted": {"pg_connections": changed(20, 58), **gateway_errors(0.15)},
    "DatabaseDown": {"pg_up": changed(1, 0)},
    "CheckoutFailing": failing("checkout", 0.4),
    "ProfilesFailing": failing("profile", 0.8),
    "PagesSlow": {'shop_request_seconds_bucket{journey="page",le="1.0"}': then(4.4, 2)},
    "GatewayErrors": gateway_errors(0.25),
    "RecommendationErrors": {
        'client_requests_total{peer="recommendation-service",outcome="ok"}': then(3, 2),
        'client_requests_total{peer="recommendation-service",outcome="error"}': then(0, 1),
    },
}
# What is too little for an alert: each just under its bound.
NUISANCES: Mapping[str, Series] = {
    "a tenth of the checkouts fails": failing("checkout", 0.1),
    "half of the profiles fail": failing("profile", 0.5),
    "a tenth of the gateway's answers are errors": gateway_errors(0.1),
    "many connections, all customers served": {"pg_connections": changed(20, 58)},
    "many connections, one answer in twenty an error": {"pg_connections": changed(20, 58), **gateway_errors(0.05)},
    "the database restarts for four seconds": {"pg_up": f"1x{TROUBLE} 0 0 1x{MINUTES}"},
    "one page in six is slow": {'shop_request_seconds_bucket{journey="page",le="1.0"}': then(4.4, 3.7)},
}


@pytest.fixture
def play(tmp_path: Path) -> Any:
    promtool = shutil.which("promtool") or compiled(PROMETHEUS) / "promtool"
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules()))

    def played(series: Series, expected: Iterable[tuple[int, list[str]]]) -> None:
        test = {
            "interval": intervals()["scrape_interval"],
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [_firing(second, names) for second, names in expected],
        }
        whole = {
            "rule_files": ["rules.yaml"],
            "evaluation_interval": intervals()["evaluation_interval"],
            "tests": [test],
        }
        (tmp_path / "test.yaml").write_text(yaml.safe_dump(whole))
        run([promtool, "test", "rules", tmp_path / "test.yaml"])

    return played


def _firing(second: int, names: list[str]) -> dict[str, Any]:
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)]
    query = 'sort(count by (alertname) (ALERTS{alertstate="firing"}))'
    return {"expr": query, "eval_time": f"{second}s", "exp_samples": samples}


@with_promtool
def test_a_healthy_hour_is_quiet_from_its_first_second(play: Any) -> None:
    play(healthy(HOUR), [(second, []) for second in (*range(0, 60, 2), *range(60, 3600, 120))])


@with_promtool
@pytest.mark.parametrize("name", TROUBLES)
def test_a_real_symptom_fires_within_twelve_seconds(play: Any, name: str) -> None:
    play(healthy() | TROUBLES[name], [(60, []), (60 + FIRES_WITHIN, [name]), (240, [name])])


@with_promtool
@pytest.mark.parametrize("what", NUISANCES)
def test_a_nuisance_pages_nobody(play: Any, what: str) -> None:
    play(healthy() | NUISANCES[what], [(second, []) for second in range(0, 240, 4)])


@with_promtool
def test_profiles_do_not_page_where_the_database_does(play: Any) -> None:
    down = {"pg_up": changed(1, 0), **failing("profile", 1.0)}
    play(healthy() | down, [(90, ["DatabaseDown"])])


@with_promtool
def test_a_database_that_is_killed_again_and_again_pages_once_it_stays_down(play: Any) -> None:
    killed = {"pg_up": f"1x{TROUBLE} 0 1 1 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0"}
    play(healthy() | killed, [(72, []), (90, ["DatabaseDown"])])
