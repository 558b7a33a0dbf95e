"""Each figure of the three graders, and their bounds."""

import itertools

import pytest

from lab.actions import SEVERITIES, Invalid, Move, Query, Remedy, Submission
from lab.grading import Grade, Trajectory, grade
from lab.scenarios import Scenario, get, load_all
from lab.world import Health
from tests.unit.tiny_world import GOOD_TEXT, TinyWorld, key_remedies, looks, perfect_play, submission

ALL = sorted(load_all())
MEDIUM, HARD = [f"RCA-00{n}" for n in (1, 2, 3)], [f"RP-00{n}" for n in (1, 2, 3)]
NOTHING = Invalid("x", {}, "No.")
DANCE = Remedy("restart_service", "product-service")


def graded(scenario: Scenario, moves: list[Move], health: Health | None = None) -> Grade:
    """The grade of these moves in a world that heals as the key says."""
    return grade(scenario, Trajectory(moves, True, health or _healed(scenario, moves)))


def _healed(scenario: Scenario, moves: list[Move]) -> Health:
    world = TinyWorld()
    world.begin(scenario, 0)
    for move in moves:
        if isinstance(move, Remedy):
            world.do(move)
    return world.health()


def points(grade: Grade) -> dict[str, float]:
    return {part.name: part.points for part in grade.breakdown}


@pytest.mark.parametrize("scenario_id", ALL)
def test_perfect_play_scores_one(scenario_id: str) -> None:
    assert graded(get(scenario_id), perfect_play(get(scenario_id))).total == 1.0


@pytest.mark.parametrize("scenario_id", ALL)
def test_doing_nothing_scores_nothing(scenario_id: str) -> None:
    scenario = get(scenario_id)
    assert graded(scenario, [NOTHING] * scenario.task.max_steps).total == 0.0
    assert graded(scenario, []).total == 0.0


@pytest.mark.parametrize("scenario_id", ALL)
def test_every_part_has_a_reason_and_the_parts_add_up(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for moves in ([], [DANCE] * 9, perfect_play(scenario), [submission(scenario)]):
        made = graded(scenario, list(moves))
        assert made.units is not None
        assert sum(part.units for part in made.breakdown) == made.units
        assert all(part.reason.endswith(".") for part in made.breakdown)
        assert made.total == round(made.units / 10_000, 4)


def test_running_and_void_say_nothing_of_the_key() -> None:
    scenario = get("RP-001")
    running = grade(scenario, Trajectory(perfect_play(scenario)[:-1], False))
    assert (running.verdict, running.total, running.breakdown) == ("running", 0.0, ())
    void = grade(scenario, Trajectory(perfect_play(scenario), True, Health(True), "Prometheus was silent."))
    assert (void.verdict, void.total, void.breakdown) == ("void", None, ())
    assert "Prometheus was silent." in void.feedback
    unmeasured = grade(scenario, Trajectory(perfect_play(scenario), True))
    assert (unmeasured.verdict, unmeasured.total) == ("void", None)
    assert "health" in unmeasured.feedback


# --- easy


@pytest.mark.parametrize(("right", "scenario_id"), [("P1", "AC-001"), ("P2", "AC-002"), ("P3", "AC-003")])
def test_severity_by_distance(right: str, scenario_id: str) -> None:
    for severity in SEVERITIES:
        distance = abs(int(severity[1]) - int(right[1]))
        made = graded(get(scenario_id), [Submission("submit_severity", "api-gateway", severity)])
        assert made.total == {0: 1.0, 1: 0.5, 2: 0.25, 3: 0.0}[distance]


# --- medium


def cause(scenario: Scenario, text: str | None = None, service: str | None = None) -> Submission:
    says = GOOD_TEXT[scenario.id] if text is None else text
    return Submission("submit_root_cause", service or scenario.answer.culprit, says)


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_the_parts_of_a_root_cause(scenario_id: str) -> None:
    scenario = get(scenario_id)
    assert points(graded(scenario, perfect_play(scenario))) == {
        "service": 0.35,
        "failure_mode": 0.25,
        "efficiency": 0.40,
    }
    half = graded(scenario, [*looks(scenario), cause(scenario, "it broke")])
    assert points(half) == {"service": 0.35, "failure_mode": 0.0, "efficiency": 0.40}


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_efficiency_falls_evenly_to_the_last_step(scenario_id: str) -> None:
    scenario = get(scenario_id)
    careful, most = scenario.answer.careful_steps, scenario.task.max_steps
    clue = looks(scenario)[0]
    for used in range(2, most + 1):
        made = graded(scenario, [clue, *[NOTHING] * (used - 2), cause(scenario)])
        expected = 0.4 if used <= careful else 0.4 * (most - used) / (most - careful)
        assert points(made)["efficiency"] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_any_one_clue_is_enough_and_without_one_it_is_a_guess(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for clue in scenario.answer.culprit_evidence:
        assert graded(scenario, [clue.query, cause(scenario)]).total == 1.0
    clues = {clue.query for clue in scenario.answer.culprit_evidence}
    kinds = ("query_logs", "check_metrics", "check_dependencies", "check_recent_deploys", "check_service_status")
    for kind, service in itertools.product(kinds, scenario.brief.known_services):
        if Query(kind, service) not in clues:
            assert points(graded(scenario, [Query(kind, service), cause(scenario)])) == {"guess": 0.15}


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_a_wrong_service_earns_by_what_was_looked_at(scenario_id: str) -> None:
    scenario = get(scenario_id)
    wrong = cause(scenario, service="api-gateway")
    services = scenario.answer.evidence_services
    for looked in range(len(services) + 1):
        moves: list[Move] = [Query("query_logs", name) for name in services[:looked]]
        total = graded(scenario, [*moves, *moves, wrong]).total
        assert total == pytest.approx(0.05 + 0.15 * looked / len(services), abs=5e-5)
    assert graded(scenario, [wrong]).total == 0.05
    assert graded(scenario, [Query("query_logs", "redis-session"), wrong]).total == 0.05


@pytest.mark.parametrize("scenario_id", MEDIUM)
def test_no_root_cause_earns_nothing(scenario_id: str) -> None:
    scenario = get(scenario_id)
    assert graded(scenario, [*looks(scenario), *key_remedies(scenario)]).total == 0.0


# --- hard


@pytest.mark.parametrize("scenario_id", HARD)
def test_the_parts_of_a_remediation(scenario_id: str) -> None:
    scenario = get(scenario_id)
    assert points(graded(scenario, perfect_play(scenario))) == {
        "base": 0.10,
        "investigation": 0.10,
        "key_steps": 0.30,
        "healthy": 0.10,
        "efficiency": 0.30,
        "wrong_remedies": 0.0,
        "summary_culprit": 0.03,
        "summary_mechanism": 0.04,
        "summary_repair": 0.03,
    }


@pytest.mark.parametrize("scenario_id", HARD)
def test_looking_alone_earns_base_depth_and_summary(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for count, _ in enumerate(looks(scenario), start=1):
        made = points(graded(scenario, [*looks(scenario)[:count], submission(scenario)]))
        assert made["base"] == 0.10
        assert made["investigation"] == pytest.approx(0.10 * count / scenario.looks_needed, abs=5e-5)
        assert made["key_steps"] == made["healthy"] == made["efficiency"] == made["summary_repair"] == 0.0
        assert made["summary_culprit"] == 0.03


@pytest.mark.parametrize("scenario_id", HARD)
def test_each_key_step_earns_its_share(scenario_id: str) -> None:
    scenario = get(scenario_id)
    steps = key_remedies(scenario)
    for count in range(len(steps) + 1):
        made = points(graded(scenario, [*looks(scenario), *steps[:count], submission(scenario)]))
        assert made["key_steps"] == pytest.approx(0.30 * count / len(steps), abs=5e-5)


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_look_after_mending_began_is_no_depth(scenario_id: str) -> None:
    scenario = get(scenario_id)
    clue, *rest = looks(scenario)
    steps = key_remedies(scenario)
    made = points(graded(scenario, [clue, steps[0], *rest, *steps[1:], submission(scenario)]))
    assert made["investigation"] == pytest.approx(0.10 / scenario.looks_needed, abs=5e-5)
    assert "guess" not in made


@pytest.mark.parametrize("scenario_id", HARD)
def test_efficiency_is_for_a_healthy_shop_only_and_falls_to_the_last_step(scenario_id: str) -> None:
    scenario = get(scenario_id)
    careful, most = scenario.answer.careful_steps, scenario.task.max_steps
    *way, last = perfect_play(scenario)
    for used in range(careful, most + 1):
        moves = [*way, *[NOTHING] * (used - careful), last]
        expected = 0.3 * (most - used) / (most - careful)
        assert points(graded(scenario, moves))["efficiency"] == pytest.approx(expected, abs=5e-5)
    ill = points(graded(scenario, perfect_play(scenario), Health(False, ("A route is held by an override.",))))
    assert (ill["healthy"], ill["efficiency"]) == (0.0, 0.0)


@pytest.mark.parametrize("scenario_id", HARD)
def test_each_wrong_remedy_costs_until_three(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for count in range(6):
        made = points(graded(scenario, [*looks(scenario), *[DANCE] * count, submission(scenario)]))
        assert made["wrong_remedies"] == -min(0.30, 0.10 * count)


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_step_done_too_early_or_again_is_a_wrong_remedy(scenario_id: str) -> None:
    scenario = get(scenario_id)
    steps = key_remedies(scenario)
    again = points(graded(scenario, [*looks(scenario), *steps, steps[0], submission(scenario)]))
    assert again["wrong_remedies"] == -0.10
    early = next((step for step in scenario.answer.remedy if step.after and step.mends), None)
    if early is not None:
        moves = [*looks(scenario), early.remedy, *steps, submission(scenario)]
        made = points(graded(scenario, moves))
        assert (made["wrong_remedies"], made["key_steps"], made["healthy"]) == (-0.10, 0.30, 0.10)


@pytest.mark.parametrize("scenario_id", HARD)
def test_other_valid_repairs_score_one_too(scenario_id: str) -> None:
    scenario = get(scenario_id)
    orders = [list(order) for order in itertools.permutations(scenario.answer.remedy) if _allowed(order)]
    assert len(orders) > 1
    for order in orders[:200]:
        moves = [*looks(scenario), *(step.remedy for step in order), submission(scenario)]
        assert graded(scenario, moves).total == 1.0


def _allowed(order: tuple[object, ...]) -> bool:
    done: set[str] = set()
    for step in order:
        if not set(step.after) <= done:  # type: ignore[attr-defined]
            return False
        done.add(step.id)  # type: ignore[attr-defined]
    return True


@pytest.mark.parametrize("scenario_id", HARD)
@pytest.mark.parametrize("extra", ["check_service_recovery", "verify_api_recovery", "verify_db_health"])
def test_an_extra_verification_costs_its_step_and_no_more(scenario_id: str, extra: str) -> None:
    scenario = get(scenario_id)
    *way, last = perfect_play(scenario)
    made = graded(scenario, [*way, Remedy("execute_runbook_step", extra), last])
    careful, most = scenario.answer.careful_steps, scenario.task.max_steps
    assert points(made)["wrong_remedies"] == 0.0
    assert made.total == pytest.approx(1.0 - 0.3 / (most - careful), abs=5e-5)


@pytest.mark.parametrize("scenario_id", HARD)
def test_the_summary_needs_three_sentences_of_prose(scenario_id: str) -> None:
    scenario = get(scenario_id)
    *way, last = perfect_play(scenario)
    text = GOOD_TEXT[scenario.id]
    two = text.replace(". ", "; ", 1)
    soup = ". ".join(
        [scenario.answer.culprit + " " + " ".join(concept.any[0] for concept in scenario.answer.failure_mode)] * 3
    )
    for bad in (two, "Done.", "One. Two. Three. Four.", soup, ". ".join([text.split(".")[0]] * 4)):
        made = graded(scenario, [*way, Submission("submit_resolution", "", bad)])
        assert made.total == 0.9, bad
    assert graded(scenario, [*way, last]).total == 1.0


@pytest.mark.parametrize("scenario_id", HARD)
def test_a_summary_tells_only_what_was_done(scenario_id: str) -> None:
    scenario = get(scenario_id)
    made = points(graded(scenario, [*looks(scenario), submission(scenario)]))
    assert (made["summary_culprit"], made["summary_mechanism"], made["summary_repair"]) == (0.03, 0.04, 0.0)


@pytest.mark.parametrize("scenario_id", HARD)
def test_running_out_of_steps_keeps_what_was_mended(scenario_id: str) -> None:
    scenario = get(scenario_id)
    way = perfect_play(scenario)[:-1]
    moves = [*way, *[NOTHING] * (scenario.task.max_steps - len(way))]
    assert graded(scenario, moves).total == 0.6


@pytest.mark.parametrize(("told", "earned"), [("auth-service", 0.0), ("auth-service and order-service", 0.03)])
def test_the_summary_tells_half_of_the_mending_or_more(told: str, earned: float) -> None:
    scenario = get("RP-001")
    text = f"analytics-service ran out of bounds. Then we restarted postgres-db and {told}. It is healthy again now."
    moves = [*perfect_play(scenario)[:-1], Submission("submit_resolution", "", f"An unbounded query did it. {text}")]
    assert points(graded(scenario, moves))["summary_repair"] == earned
