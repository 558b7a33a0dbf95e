"""What the route daemon kept on a node is removed before the next one reads it, and not while one still writes."""

import pytest

from lab.live.baseline.speakers import KEPT, forgetting
from lab.live.baseline.values import Object, OnNode


def speaker(node: str | None = "node-1", *, app: str = "network-infra", ends: bool = False, state: str = "") -> Object:
    metadata: Object = {"labels": {"app": app}}
    if ends:
        metadata["deletionTimestamp"] = "2026-11-27T00:00:00Z"
    statuses = [{"state": {state: {}}}] if state else []
    return {
        "metadata": metadata,
        "spec": {"nodeName": node} if node else {},
        "status": {"containerStatuses": statuses},
    }


def test_a_new_speaker_finds_nothing_of_the_one_before() -> None:
    new = speaker()
    ended = speaker(ends=True, state="terminated")
    assert forgetting(new, [new, ended, speaker("node-2", state="running")]) == (
        OnNode("node-1", (("find", KEPT, "-type", "f", "-delete"),)),
    )


def test_while_one_that_ends_still_runs_it_would_only_write_anew() -> None:
    new = speaker()
    assert forgetting(new, [new, speaker("node-2", ends=True, state="running")]) == ()


@pytest.mark.parametrize("other", [speaker(app="auth-service"), speaker(None)])
def test_others_and_those_without_a_node_yet_have_nothing_to_forget(other: Object) -> None:
    assert forgetting(other, [other]) == ()


def test_another_services_end_is_nothing_to_wait_for() -> None:
    new = speaker()
    assert forgetting(new, [new, speaker(app="auth-service", ends=True, state="running")])
