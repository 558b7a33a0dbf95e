"""No file, however wrong, ends otherwise than in scenarios or in a sentence that begins with its name."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab import scenarios
from lab.cluster.manifests import FOLDERS
from lab.cluster.names import SHOP
from tests.unit.scenario_kit import Tables, put, refusal, tables_of, take

Path = tuple[str | int, ...]

BAND = ("answer", "symptoms", 0)
TWICE = {"figure": "gateway_error_ratio", "min": 0.0, "max": 1.0}


@pytest.mark.parametrize(
    ("scenario_id", "change", "sentence"),
    [
        (
            "RCA-001",
            put("brief", "symptoms", value="x"),
            "brief.symptoms must be tables, each under [[brief.symptoms]]",
        ),
        ("RCA-001", put("answer", "symptoms", value=["x"]), "answer.symptoms must be tables"),
        ("RCA-001", put(*BAND, "figure", value=["x"]), "answer.symptoms: there is no figure ['x']; accepted: calls"),
        ("RCA-001", put(*BAND, "query", value="up"), "the figure gateway_error_ratio has a query already"),
        ("RCA-001", put(*BAND, "min", value=float("nan")), "answer.symptoms.0.min: Input should be a finite number"),
        ("RCA-001", put(*BAND, "max", value=float("inf")), "answer.symptoms.0.max: Input should be a finite number"),
        ("RCA-001", put("answer", "symptoms", value=[TWICE, TWICE]), "answer.symptoms tells gateway_error_ratio twice"),
        ("RCA-001", put("brief", "symptoms", 0, "says", value="{value:d} {healthy}"), "exactly the placeholders"),
        ("RCA-001", put("brief", "symptoms", 0, "says", value="{value!r} {healthy}"), "exactly the placeholders"),
        ("RCA-001", put("brief", "symptoms", 0, "says", value="{value {healthy}"), "exactly the placeholders"),
        ("RCA-001", take("brief", "title"), "brief.title is missing; accepted: task, title, known_services"),
        ("RCA-001", put("answer", "kills", "service", value="cdn-edge"), "answer.kills names cdn-edge; accepted: api"),
        ("RCA-001", put("answer", "harmful", 0, "target", value="cdn-edge"), "answer.harmful names cdn-edge; accepted"),
        ("RCA-003", put("answer", "harmful", 0, "target", value="dance"), "dance is no runbook step; accepted: check"),
        (
            "RCA-001",
            put("answer", "culprit", value="postgres-db"),
            "fault.service names analytics-service; accepted: p",
        ),
        ("RCA-001", put("fault", "innocent_releases", 0, "service", value="cdn-edge"), "innocent_releases names cdn-e"),
        (
            "RCA-001",
            put("fault", "injector", value="bad_release"),
            "a release of analytics-service is needed, not a f",
        ),
        ("RCA-002", put("fault", "injector", value="memory_hog"), "a flag is needed, not a release of network-infra"),
        ("RCA-002", put("fault", "env", value={"EXPORT_FILTER": "permit any"}), "'permit any' denies nothing"),
        ("AC-001", take("fault", "env", "DB_LEASE"), "needs DB_LEASE: how long a request keeps its connection"),
        ("RCA-002", put("answer", "cut_off", "into", value="zone 1"), "answer.cut_off.into: "),
        ("AC-001", put("fault_of", value=["x"]), "fault_of is ['x']; accepted: "),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(scenario_id: str, change: Callable[[Tables], None], sentence: str) -> None:
    tables = tables_of(scenario_id)
    change(tables)
    said = refusal(scenario_id, tables) or ""
    assert said.startswith(f"{scenario_id}.toml: ")
    assert sentence in said


def places(found: Any, path: Path = ()) -> Iterator[Path]:
    """Every table, list and value of a file."""
    if path:
        yield path
    inside = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for name, value in inside:
        yield from places(value, (*path, name))


PLACES = [(name, path) for name in ("AC-001", "RCA-001", "RCA-002") for path in places(tables_of(name))]
JUNK = st.one_of(
    st.booleans(), st.integers(-2, 2**40), st.floats(), st.text(max_size=12), st.just([]), st.just({}),
    st.lists(st.text(max_size=4), max_size=2), st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)  # fmt: skip


@given(place=st.sampled_from(PLACES), junk=JUNK)
def test_junk_anywhere_is_read_or_refused(place: tuple[str, Path], junk: Any) -> None:
    scenario_id, path = place
    tables = tables_of(scenario_id)
    put(*path, value=junk)(tables)
    said = refusal(scenario_id, tables)
    assert said is None or said.startswith(f"{scenario_id}.toml: ")


def test_every_flag_that_a_file_names_is_one_of_the_shops() -> None:
    manifest = (FOLDERS[SHOP] / "config-service.yaml").read_text()
    flags = {flag for one in yaml.safe_load_all(manifest) if one["kind"] == "ConfigMap" for flag in one["data"]}
    for scenario in scenarios.load_all().values():
        acts = [*scenario.answer.remedy, *scenario.answer.harmful]
        named = {act.target for act in acts if act.action == "disable_feature_flag"} | {scenario.fault.flag} - {None}
        assert named <= flags, scenario.id


def test_every_service_that_a_file_names_is_one_of_the_shops() -> None:
    shop = {path.stem for path in FOLDERS[SHOP].glob("*.yaml")}
    for scenario in scenarios.load_all().values():
        assert set(scenario.brief.known_services) <= shop, scenario.id
