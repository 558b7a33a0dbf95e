from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import actions
from lab.actions import Invalid, Query, Remedy, Submission
from lab.errors import BadAction

EXAMPLES: list[tuple[str, dict[str, Any], actions.Move]] = [
    *((kind, {"service": "postgres-db"}, Query(kind, "postgres-db")) for kind in actions.QUERY_KINDS),
    ("restart_service", {"service": "a"}, Remedy("restart_service", "a")),
    ("clear_cache", {"service": "a"}, Remedy("clear_cache", "a")),
    ("rollback_deploy", {"service": "a"}, Remedy("rollback_deploy", "a")),
    ("rollback_deploy", {"service": "a", "target_version": "v1.2.3"}, Remedy("rollback_deploy", "a", None, "v1.2.3")),
    ("scale_service", {"service": "a", "replicas": 3}, Remedy("scale_service", "a", 3)),
    ("disable_feature_flag", {"flag": "new_search"}, Remedy("disable_feature_flag", "new_search")),
    ("execute_runbook_step", {"runbook_action": "x"}, Remedy("execute_runbook_step", "x")),
    ("submit_severity", {"severity": "P1", "service": "a"}, Submission("submit_severity", "a", "P1")),
    ("submit_root_cause", {"service": "a", "failure_mode": "x"}, Submission("submit_root_cause", "a", "x")),
    ("submit_resolution", {"summary": "x"}, Submission("submit_resolution", "", "x")),
]


@pytest.mark.parametrize(("name", "parameters", "move"), EXAMPLES)
def test_each_action_becomes_its_move_and_back(name: str, parameters: dict[str, Any], move: actions.Move) -> None:
    raw = {"action_type": name, "parameters": parameters}
    assert actions.parse_move(raw) == move
    assert actions.parse_action(raw).action_type == name
    assert actions.parameters_of(move) == parameters
    assert actions.name_of(move) == name


def test_every_action_has_an_example_a_description_and_a_place_in_the_schema() -> None:
    named = {name for name, _, _ in EXAMPLES}
    assert named == set(actions.DESCRIPTIONS)
    assert named == {*actions.QUERY_KINDS, *actions.REMEDY_KINDS, *actions.SUBMISSION_KINDS}
    assert set(actions.action_schema()["discriminator"]["mapping"]) == named


def test_services_are_matched_in_any_case_and_nothing_else_is_guessed() -> None:
    assert actions.parse_move(_raw("query_logs", service="Postgres-DB")) == Query("query_logs", "postgres-db")
    assert actions.parse_move(_raw("query_logs", service=" postgres-db")) == Query("query_logs", " postgres-db")
    assert actions.parse_move(_raw("disable_feature_flag", flag="New")) == Remedy("disable_feature_flag", "New")


def test_previous_is_the_same_as_no_version() -> None:
    assert actions.parse_move(_raw("rollback_deploy", service="a", target_version="previous")).version is None  # type: ignore[union-attr]


@pytest.mark.parametrize("raw", [None, 3, "query_logs", [], {}, {"action_type": 3}, {"action_type": ""}])
def test_what_is_no_action_at_all_is_refused(raw: object) -> None:
    with pytest.raises(BadAction, match="action"):
        actions.parse_move(raw)


def test_parameters_must_be_an_object_of_a_bounded_size() -> None:
    with pytest.raises(BadAction, match="parameters must be an object"):
        actions.parse_move({"action_type": "query_logs", "parameters": ["a"]})
    with pytest.raises(BadAction, match="too long"):
        actions.parse_move(_raw("query_logs", service="a" * 20_000))
    with pytest.raises(BadAction, match="action_type"):
        actions.parse_move({"action_type": "q" * 201})


@pytest.mark.parametrize(
    ("name", "parameters", "why"),
    [
        ("explode", {}, 'There is no action "explode"; accepted: query_logs,'),
        ("query_logs", {}, 'query_logs needs the parameter "service"'),
        ("query_logs", {"service": "a", "lines": 3}, 'has no parameter "lines"; query_logs takes service'),
        ("query_logs", {"service": ""}, '"service" is not accepted'),
        ("query_logs", {"service": 3}, '"service" is not accepted'),
        ("query_logs", {"service": {"name": "a"}}, '"service" is not accepted'),
        ("query_logs", {"service": "a" * 201}, '"service" is not accepted'),
        ("scale_service", {"service": "a"}, 'needs the parameter "replicas"'),
        ("scale_service", {"service": "a", "replicas": 21}, "less than or equal to 20"),
        ("scale_service", {"service": "a", "replicas": -1}, "greater than or equal to 0"),
        ("scale_service", {"service": "a", "replicas": True}, "valid integer"),
        ("scale_service", {"service": "a", "replicas": "3"}, "valid integer"),
        ("scale_service", {"service": "a", "replicas": 2.0}, "valid integer"),
        ("submit_severity", {"severity": "P5", "service": "a"}, "'P1', 'P2', 'P3' or 'P4'"),
        ("submit_root_cause", {"service": "a", "failure_mode": "x" * 2_001}, '"failure_mode" is not accepted'),
        ("submit_resolution", {"summary": "x" * 10_001}, '"summary" is not accepted'),
    ],
)
def test_what_cannot_be_done_says_why_in_a_sentence(name: str, parameters: dict[str, Any], why: str) -> None:
    raw = {"action_type": name, "parameters": parameters}
    move = actions.parse_move(raw)
    assert isinstance(move, Invalid)
    assert (move.action_type, move.parameters) == (name, parameters)
    assert why in move.why
    assert move.why.endswith(".")
    with pytest.raises(BadAction) as refused:
        actions.parse_action(raw)
    assert str(refused.value) == move.why


def test_the_longest_accepted_texts_and_numbers() -> None:
    assert isinstance(actions.parse_move(_raw("query_logs", service="a" * 200)), Query)
    assert isinstance(actions.parse_move(_raw("submit_resolution", summary="x" * 10_000)), Submission)
    assert isinstance(actions.parse_move(_raw("submit_root_cause", service="a", failure_mode="x" * 2_000)), Submission)
    assert [actions.parse_move(_raw("scale_service", service="a", replicas=n)).replicas for n in (0, 20)] == [0, 20]  # type: ignore[union-attr]


def test_measuring_steps_are_those_that_verify_or_check() -> None:
    assert set(actions.RUNBOOK) - actions.MEASURING_STEPS == {
        "drain_mail_queue",
        "restore_bgp_routes",
        "trigger_credential_rotation",
        "vacuum_database",
        "warm_cdn_cache",
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    name=st.sampled_from(sorted(actions.DESCRIPTIONS)) | st.text(min_size=1, max_size=20),
    parameters=st.dictionaries(
        st.sampled_from(["service", "replicas", "flag", "summary", "severity"]) | st.text(max_size=8), json_values
    ),
)
def test_whatever_is_sent_comes_back_as_a_move_that_can_be_told_again(name: str, parameters: dict[str, Any]) -> None:
    raw = {"action_type": name, "parameters": parameters}
    move = actions.parse_move(raw)
    assert actions.name_of(move) == name
    again = actions.parse_move({"action_type": name, "parameters": actions.parameters_of(move)})
    assert again == move


def _raw(name: str, **parameters: object) -> dict[str, object]:
    return {"action_type": name, "parameters": parameters}
