"""What of an observation is a step's own: the same for every door that shows steps."""

import pytest

from lab.doors.local import Lab
from lab.told import evidence_of
from tests.unit.server_kit import TinySource

SEEN = {
    "last_action_error": None,
    "queried_data": {"query_logs": {"redis-cart": "cart's"}, "disable_feature_flag": {"X": "off"}},
}


@pytest.mark.parametrize(
    ("action_type", "targets", "told"),
    [
        ("query_logs", ["redis-cart"], "cart's"),
        ("query_logs", ["Redis-Cart", 3], "cart's"),
        ("disable_feature_flag", ["X"], "off"),
        ("check_metrics", ["redis-cart"], ""),
        ("query_logs", [None], ""),
    ],
)
def test_of_the_action_and_its_target(action_type: str, targets: list[object], told: str) -> None:
    assert evidence_of(SEEN, action_type, targets) == told


def test_what_is_refused_is_not_answered_with_what_was_brought_before() -> None:
    with Lab(TinySource()) as here:
        episode = here.reset(scenario_id="RP-002")
        scaled = {"service": "order-service", "replicas": 3}
        done = episode.step("scale_service", **scaled)["observation"]
        assert evidence_of(done, "scale_service", scaled.values())
        refused = episode.step("scale_service", **(scaled | {"replicas": 999}))["observation"]
        assert refused["queried_data"] == done["queried_data"]
        assert evidence_of(refused, "scale_service", scaled.values()) == ""
