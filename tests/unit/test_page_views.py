"""What stands on the page: made from the actions and from what was seen, and from nothing else."""

import pytest

from lab import scenarios
from lab.actions import DESCRIPTIONS, QUERY_KINDS, REMEDY_KINDS, RUNBOOK, SEVERITIES, parameter_names
from lab.report.truth import truth_of
from lab.scenarios import TASKS, get
from lab.server.page import depmap, lobby, views
from lab.server.page.desk import desk, fields_of
from lab.server.page.edges import Edge
from lab.server.page.steps import Step, steps_of
from lab.server.page.trend import Point, chart, trends_of
from lab.server.session import Session
from tests.unit.page_kit import HOSTILE, PageWorld
from tests.unit.server_kit import TinySource, sessions_over
from tests.unit.test_page_markup import Reader, read
from tests.unit.tiny_world import perfect_play, submission

# Elements that can load or run something have no place in what is made from evidence.
SAFE_ELEMENTS = frozenset(
    "b br button circle code dd defs details div dl dt fieldset form g h1 h2 h3 i input label legend li line marker "
    "nav ol option p path polyline pre rect section select small span strong summary svg table tbody td text textarea "
    "th thead title tr ul".split()
)


def session_of(scenario_id: str) -> Session:
    return sessions_over(TinySource(PageWorld)).reset(get(scenario_id), 0, latest=False)


def look(session: Session, kind: str, service: str) -> None:
    session.step({"action_type": kind, "parameters": {"service": service}})


def played(scenario_id: str = "RCA-001") -> Session:
    """Every kind of look at a service, one of them twice."""
    session = session_of(scenario_id)
    for kind in QUERY_KINDS:
        look(session, kind, "api-gateway")
    look(session, "check_metrics", "api-gateway")
    look(session, "check_dependencies", "postgres-db")
    return session


def words_of(reader: Reader) -> str:
    return "\n".join(reader.texts)


@pytest.mark.parametrize("scenario_id", list(scenarios.load_all()))
def test_every_action_of_the_task_has_one_button_and_all_its_parameters(scenario_id: str) -> None:
    seen = session_of(scenario_id).observation()
    buttons = [dict(found) for name, found in read(desk(seen)).tags if name == "button"]
    assert sorted(str(button["data-action"]) for button in buttons) == sorted(seen["available_actions"])
    for button in buttons:
        kind = str(button["data-action"])
        assert str(button["data-takes"]).split() == list(parameter_names(kind))
        assert button["title"] == DESCRIPTIONS[kind]


def test_menus_hold_what_there_is_to_choose() -> None:
    seen = session_of("RP-001").observation()
    values = [found.get("value") for name, found in read(desk(seen)).tags if name in ("option", "input")]
    assert {*seen["known_services"], *seen["feature_flags"], *RUNBOOK} <= set(values)
    severities = [found.get("value") for name, found in read(desk(session_of("AC-001").observation())).tags]
    assert set(SEVERITIES) <= set(severities)


def test_bounds_and_lengths_are_the_schemas() -> None:
    (service, replicas) = fields_of("scale_service")
    assert (service.required, replicas.least, replicas.most) == (True, 0, 20)
    form = str(desk(session_of("RP-001").observation()))
    assert '<input type="number" min="0" max="20" step="1"' in form
    assert 'maxlength="10000"' in form


def test_every_input_of_a_form_has_a_label() -> None:
    reader = read(desk(session_of("RP-001").observation()))
    labelled = {found["for"] for name, found in reader.tags if name == "label" and "for" in found}
    inputs = {found["id"] for name, found in reader.tags if name in ("select", "textarea", "input") and "id" in found}
    assert inputs == labelled
    assert len(inputs) > 4


def test_the_lobby_lists_the_nine_without_their_answers() -> None:
    reader = read(lobby.lobby(exclusive=False))
    ids = [found["data-scenario-id"] for name, found in reader.tags if "data-scenario-id" in found]
    assert ids == list(scenarios.load_all())
    assert [found["data-blind"] for _, found in reader.tags if "data-blind" in found] == list(TASKS)
    said = words_of(reader)
    assert not [
        one for one in scenarios.load_all().values() if one.fault.change_cause and one.fault.change_cause in said
    ]


def test_the_alert_shows_what_the_observation_tells() -> None:
    seen = session_of("RCA-001").observation()
    said = words_of(read(views.alert(seen)))
    for sentence in [seen["incident_summary"], *seen["alert"]["symptoms"], *seen["alert"]["affected_services"]]:
        assert sentence in said


def test_hostile_evidence_is_only_read() -> None:
    session = played()
    steps = steps_of(session)
    pages = [views.answer(steps[:1]), views.evidence(steps), views.dependencies(steps), views.history(steps, 10)]
    for page in pages:
        for name, attributes in read(page).tags:
            assert name.lower() in SAFE_ELEMENTS
            assert not [key for key in attributes if key.startswith("on") or key in ("href", "src", "style", "srcdoc")]
    said = words_of(read(views.evidence(steps)))
    assert HOSTILE[0] in said
    assert HOSTILE[2] in said
    assert "\x1b" not in said


def test_a_figure_seen_twice_is_drawn_over_the_steps_with_the_incident_marked() -> None:
    steps = steps_of(played())
    points = trends_of(steps)["check_metrics", "api-gateway", "error_rate"]
    assert [point.when for point in points] == ["before the incident", "at step 2", "at step 6"]
    assert points[0].value == "0 %"
    reader = read(chart(points) or "")
    assert [name for name, _ in reader.tags].count("circle") == 3
    assert [found["class"] for name, found in reader.tags if name == "line"] == ["incident"]
    assert str(reader.tags[0][1]["aria-label"]).startswith("0 % before the incident")


@pytest.mark.parametrize("values", [("", "7"), ("yes", "no"), ("1 %", "2 s"), ("not measured now", "5")])
def test_what_is_no_series_of_figures_is_not_drawn(values: tuple[str, ...]) -> None:
    assert chart([Point("then", value) for value in values]) is None


def edge(caller: str, callee: str, *, sick: bool = False) -> Edge:
    return Edge(caller, callee, "1.0 a second, 0 % failed", "", sick, "1.0", "0")


def test_callers_stand_left_of_those_they_call() -> None:
    edges = [edge("gate", "order"), edge("order", "db"), edge("gate", "db"), edge("job", "db")]
    assert depmap.columns_of(edges) == [["gate"], ["job", "order"], ["db"]]


def test_a_circle_of_calls_has_an_end() -> None:
    columns = depmap.columns_of([edge("a", "b"), edge("b", "c"), edge("c", "a")])
    assert sorted(name for column in columns for name in column) == ["a", "b", "c"]


def test_the_map_tells_its_sick_edges_in_words_too() -> None:
    edges = [edge("a", "b", sick=True), edge("a", "c")]
    assert depmap.summary(edges) == "Dependency map of 2 edges; sick: a to b."
    picture = read(depmap.picture(edges, ["a"]))
    assert picture.tags[0][1]["aria-label"] == depmap.summary(edges)
    assert [found["class"] for name, found in picture.tags if found.get("class") in ("edge sick", "edge well")] == [
        "edge well",
        "edge sick",
    ]


def test_the_map_grows_with_the_looks_and_has_a_table_beside_it() -> None:
    steps = steps_of(played())
    said = words_of(read(views.dependencies(steps)))
    assert "api-gateway → auth-service" in said
    assert "product-service → postgres-db" in said
    assert "no edges" not in said


def test_the_history_tells_what_each_step_earned() -> None:
    session = played()
    steps = steps_of(session)
    assert [step.reward for step in steps] == [0.04, 0.02, 0.02, 0.02, 0.02, -0.06, 0.02]
    assert steps[-1].cumulative == pytest.approx(session.observation()["cumulative_reward"])
    said = words_of(read(views.history(steps, 10)))
    assert "the same query was made before" in said
    assert "7 of 10 steps used" in str(views.history(steps, 10))


def test_a_step_that_could_not_be_done_says_why() -> None:
    session = session_of("RCA-001")
    look(session, "query_logs", "nowhere")
    assert "There is no service" in words_of(read(views.answer(steps_of(session))))


def test_before_the_end_neither_score_nor_truth() -> None:
    session = played()
    said = str(views.score(session.grade(), None))
    assert "comes with the end" in said
    assert "analytics-service" not in said


@pytest.mark.parametrize("scenario_id", list(scenarios.load_all()))
def test_a_perfect_play_ends_with_the_score_its_reasons_and_the_truth(scenario_id: str) -> None:
    session = session_of(scenario_id)
    for move in perfect_play(get(scenario_id)):
        session.step(as_action(move))
    grade = session.grade()
    said = words_of(read(views.score(grade, truth_of(get(scenario_id)))))
    assert "1.00" in said
    assert all(part["reason"] in said for part in grade["breakdown"].values())
    assert "What really happened" in said
    assert lobby.ready(session.observation(), grade).count("Score 1.00") == 1


def as_action(move: object) -> dict[str, object]:
    from lab.actions import name_of, parameters_of

    return {"action_type": name_of(move), "parameters": parameters_of(move)}  # type: ignore[arg-type]


def test_a_void_episode_has_no_score_and_says_why() -> None:
    session = session_of("RCA-001")
    session.end("the cluster is gone")
    said = words_of(read(views.score(session.grade(), None)))
    assert "no score" in said
    assert "the cluster is gone" in words_of(read(lobby.ready(session.observation(), session.grade())))


def test_steps_are_the_episodes_own_also_after_its_end() -> None:
    session = session_of("RP-002")
    moves = perfect_play(get("RP-002"))
    for move in moves:
        session.step(as_action(move))
    assert [step.action_type for step in steps_of(session)] == [as_action(move)["action_type"] for move in moves]
    assert steps_of(session)[-1].reward == session.grade()["total"]


def test_long_texts_are_short_in_a_step() -> None:
    assert len(Step(1, "submit_resolution", {"summary": "x" * 500}, 0, 0, "").label) < 100


def test_remedies_stand_apart_from_looks() -> None:
    html = str(desk(session_of("RP-001").observation()))
    look_at, repair_at, submit_at = (html.index(f'aria-label="{name}') for name in ("Look", "Repair", "Submit: ends"))
    assert look_at < repair_at < submit_at
    assert all(look_at < html.index(f'data-action="{kind}"') < repair_at for kind in QUERY_KINDS)
    assert all(repair_at < html.index(f'data-action="{kind}"') < submit_at for kind in REMEDY_KINDS)
    assert submission(get("RP-001")).kind in html[submit_at:]
