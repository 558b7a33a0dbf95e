from collections.abc import Callable
from importlib.resources import files

import pytest

from lab import scenarios
from lab.actions import MEASURING_STEPS, Remedy
from lab.errors import LabFault, Unknown
from lab.grading.key import key_of
from lab.scenarios.loader import parse_all

IDS = ["AC-001", "AC-002", "AC-003", "RCA-001", "RCA-002", "RCA-003", "RP-001", "RP-002", "RP-003"]
HARDER = IDS[3:]


def text_of(scenario_id: str) -> str:
    return (files("lab.scenarios") / f"{scenario_id}.toml").read_text("utf-8")


def test_there_are_nine_in_order_and_three_a_task() -> None:
    assert list(scenarios.load_all()) == IDS
    found = [scenarios.of_task(task, index).id for task in scenarios.TASKS for index in range(3)]
    assert found == IDS


@pytest.mark.parametrize(
    ("task", "difficulty", "steps", "actions", "submission"),
    [
        ("alert_classification", "easy", 3, 6, "submit_severity"),
        ("root_cause_analysis", "medium", 10, 12, "submit_root_cause"),
        ("remediation_planning", "hard", 15, 12, "submit_resolution"),
    ],
)
def test_the_tasks_are_as_promised(task: str, difficulty: str, steps: int, actions: int, submission: str) -> None:
    found = scenarios.task(task)
    assert (found.difficulty, found.max_steps, len(found.actions)) == (difficulty, steps, actions)
    assert found.submission == submission
    assert found.actions[-1] == submission


@pytest.mark.parametrize(
    ("scenario_id", "alert", "culprit", "severity", "known"),
    [
        ("AC-001", "DatabaseConnectionsExhausted", "auth-service", "P1", 3),
        ("AC-002", "PagesSlow", "cdn-edge", "P2", 3),
        ("AC-003", "RecommendationErrors", "recommendation-service", "P3", 3),
        ("RCA-001", "DatabaseDown", "analytics-service", "P1", 8),
        ("RCA-002", "CheckoutFailing", "network-infra", "P1", 8),
        ("RCA-003", "ProfilesFailing", "config-service", "P1", 8),
    ],
)
def test_each_incident_is_as_promised(scenario_id: str, alert: str, culprit: str, severity: str, known: int) -> None:
    found = scenarios.get(scenario_id)
    assert (found.brief.alert, found.answer.culprit, found.answer.severity) == (alert, culprit, severity)
    assert len(found.brief.known_services) == known


@pytest.mark.parametrize(
    ("scenario_id", "targets"),
    [
        (
            "RP-001",
            "full_history_export analytics-service postgres-db auth-service order-service verify_db_health",
        ),
        ("RP-002", "restore_bgp_routes network-infra verify_cross_az_connectivity verify_checkout_recovery"),
        (
            "RP-003",
            "config-service trigger_credential_rotation user-service notification-service order-service "
            "verify_db_connectivity verify_api_recovery",
        ),
    ],
)
def test_the_steps_of_each_remediation_are_as_promised(scenario_id: str, targets: str) -> None:
    steps = scenarios.get(scenario_id).answer.remedy
    assert [step.target for step in steps] == targets.split()
    assert [step.mends for step in steps] == [step.target not in MEASURING_STEPS for step in steps]


@pytest.mark.parametrize("number", ["001", "002", "003"])
def test_a_remediation_shares_fault_and_answer_with_its_analysis(number: str) -> None:
    analysis, remediation = scenarios.get(f"RCA-{number}"), scenarios.get(f"RP-{number}")
    assert remediation.fault_of == analysis.id
    assert remediation.fault == analysis.fault
    assert remediation.answer.model_dump(exclude={"careful_steps"}) == analysis.answer.model_dump(
        exclude={"careful_steps"}
    )
    assert remediation.brief.known_services == analysis.brief.known_services


@pytest.mark.parametrize("scenario_id", HARDER)
def test_innocent_releases_stand_on_services_that_are_known(scenario_id: str) -> None:
    scenario = scenarios.get(scenario_id)
    assert scenario.fault.innocent_releases
    assert {release.service for release in scenario.fault.innocent_releases} <= set(scenario.brief.known_services)


@pytest.mark.parametrize("scenario_id", IDS)
def test_a_scenario_measures_what_its_alert_tells(scenario_id: str) -> None:
    scenario = scenarios.get(scenario_id)
    bands = {band.query for band in scenario.answer.symptoms}
    assert len({line.query for line in scenario.brief.symptoms} & bands) >= 2
    assert any(line.name == "revenue_lost_per_minute" for line in scenario.brief.symptoms)


def test_only_the_easy_task_is_shown_the_policy() -> None:
    shown = [name for name in IDS if scenarios.SEVERITY_POLICY in scenarios.get(name).shown_summary]
    assert shown == IDS[:3]


def test_a_rollback_to_the_bad_release_is_no_key_step() -> None:
    scenario = scenarios.get("RP-003")
    kinds = {None: "roll_back_config", "v3.2.0": "roll_back_config", "v3.2.1": None}
    for version, expected in kinds.items():
        step = key_of(scenario).step(Remedy("rollback_deploy", "config-service", None, version))
        assert (step.id if step else None) == expected
    assert key_of(scenario).step(Remedy("restart_service", "config-service")) is None


def test_unknown_names_are_answered_with_what_is_accepted() -> None:
    with pytest.raises(Unknown, match=r"no scenario 'RCA-009'; accepted: AC-001"):
        scenarios.get("RCA-009")
    with pytest.raises(Unknown, match=r"no task 'x'; accepted: alert_classification"):
        scenarios.ids_of_task("x")
    with pytest.raises(Unknown, match=r"no scenario_index 3; accepted: 0 to 2"):
        scenarios.of_task("root_cause_analysis", 3)
    with pytest.raises(Unknown, match=r"no scenario_index -1"):
        scenarios.of_task("root_cause_analysis", -1)


def swap(old: str, new: str) -> Callable[[str], str]:
    def swapped(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return swapped


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (swap("[brief]", "[brief"), "RCA-001.toml: not readable as TOML"),
        (swap('alert = "DatabaseDown"', 'alert = "Nope"'), "RCA-001.toml: brief.alert: Input should be 'Database"),
        (swap('alert = "DatabaseDown"', 'alarm = "DatabaseDown"'), "brief.alert is missing; accepted: task, title"),
        (swap("[fault]", '[fault]\ncolour = "red"'), "fault.colour is not known; accepted: injector, service, flag"),
        (
            swap('figure = "gateway', 'figure = "x'),
            "no figure 'x_error_ratio'; accepted: calls_into_az_1_from_elsewhere, checkout",
        ),
        (swap("{value} of", "some of"), "a symptom line holds exactly the placeholders {healthy} and {value}"),
        (swap('"postgres-db", "api-gateway"', '"postgres-db", "analytics-service"'), "affected_services names the cul"),
        (swap("The database goes", "Analytics Service: the database goes"), "incident_summary names the culprit"),
        (swap('title = "Database', 'title = "analytics_service: database'), "brief.title names the culprit"),
        (swap("gateway's answers", "analytics-service's answers"), "brief.symptoms names the culprit"),
        (
            swap('affected_services = ["postgres-db"', 'affected_services = ["cdn-edge"'),
            "names cdn-edge; accepted: api",
        ),
        (swap('culprit = "analytics-service"', 'culprit = "cdn-edge"'), "answer.culprit names cdn-edge"),
        (swap('after = ["flag_off"]', 'after = ["nothing"]'), "restart_job comes after nothing, which is not among"),
        (swap('id = "restart_job"', 'id = "flag_off"'), "the step flag_off is there twice"),
        (swap('target = "verify_db_health"', 'target = "dance"'), "dance is no runbook step; accepted: check_service"),
        (swap("careful_steps = 4", "careful_steps = 11"), "careful_steps is above the task's 10 steps"),
        (swap("careful_steps = 4", "careful_steps = 9"), "leaves 8 diagnoses beside remedies and submission; accepted"),
        (swap("careful_steps = 4", "careful_steps = 1"), "leaves 0 diagnoses"),
        (swap("min = 0.5", "min = 1.5"), "the band gateway_error_ratio is empty"),
        (swap('flag = "full_history_export"', ""), "give one of flag and version"),
        (swap('flag = "full_history_export"', 'version = "v1.0.0"'), "version and change_cause belong together"),
        (swap('service = "api-gateway"\nv', 'service = "analytics-service"\nv'), "may not touch analytics-service"),
        (swap("worth = 0.5", "worth = 1.5"), "answer.failure_mode.0.worth: Input should be less than or equal to 1"),
        (swap("[answer]", "[solution]"), "answer"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(change: Callable[[str], str], sentence: str) -> None:
    with pytest.raises(LabFault) as refused:
        parse_all({"RCA-001.toml": change(text_of("RCA-001"))})
    assert str(refused.value).startswith("RCA-001.toml: ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (swap("RCA-001", "RCA-007"), "fault_of is 'RCA-007'; accepted: RCA-001"),
        (swap("[answer]", '[answer]\nculprit = "x"'), "answer.culprit belongs to RCA-001.toml; accepted here: careful"),
        (swap("[answer]", '[fault]\nservice = "x"\n[answer]'), "fault.service belongs to RCA-001.toml; nothing is"),
        (swap("careful_steps = 11", ""), "answer.careful_steps is missing"),
        (swap("careful_steps = 11", "careful_steps = 16"), "careful_steps is above the task's 15 steps"),
        (swap("[brief]", 'brief = "x"\n[brif]'), "brief must be a table"),
    ],
)
def test_a_file_that_shares_a_fault_says_only_what_is_its_own(change: Callable[[str], str], sentence: str) -> None:
    with pytest.raises(LabFault) as refused:
        parse_all({"RCA-001.toml": text_of("RCA-001"), "RP-001.toml": change(text_of("RP-001"))})
    assert str(refused.value).startswith("RP-001.toml: ")
    assert sentence in str(refused.value)


def test_a_scenario_with_figures_of_all_kinds_is_read() -> None:
    read = parse_all({"RCA-001.toml": text_of("RCA-001")})["RCA-001"]
    assert read == scenarios.get("RCA-001")
    assert hash(read) == hash(scenarios.get("RCA-001"))
    assert read.brief.symptoms[0].query == scenarios.figures()["gateway_error_ratio"].query
    release = scenarios.get("RCA-002").fault.release
    assert release is not None
    assert release.env == {"EXPORT_FILTER": "deny az-1 to az-2,az-3; permit any"}
    assert read.fault.release is None
