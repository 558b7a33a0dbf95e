"""A file that makes no fault, or that nobody can run, is refused as it is read, in words that need no code."""

import pathlib
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fault_injectors.base import ZONES
from fault_injectors.iptables_partition import keeps_zones_apart
from lab.cluster.manifests import FOLDERS, MANIFESTS, WORKLOADS
from lab.cluster.names import SHOP
from lab.errors import LabFault
from lab.scenarios import loader
from microservices.network_infra.policy import BadFilter, parse_filter
from tests.unit.scenario_kit import Tables, put, refusal, tables_of, take

BAND = ("answer", "symptoms", 0)


@pytest.mark.parametrize(
    ("scenario_id", "change", "sentence"),
    [
        ("AC-001", put("id", value="AC-002"), "id is not accepted; the file's name says it"),
        (
            "AC-001",
            put("fault", "env", "DB_LEASE", value="transaction"),
            "fault: env.DB_LEASE (how long a request keeps its connection) is 'transaction', which makes no fault; acc",
        ),
        (
            "AC-001",
            put("fault", "env", "DB_POOL_MAX", value="all"),
            "is 'all', which makes no fault; accepted: a whole",
        ),
        ("AC-001", put("fault", "env", "DB_POOL_MAX", value=200), "env.DB_POOL_MAX must be text in quotation marks"),
        (
            "AC-002",
            put("fault", "env", "PURGE_PATTERN", value="/promo/*"),
            "makes no fault; accepted: /*, or a pattern",
        ),
        (
            "AC-002",
            put("fault", "env", "PURGE_EVERY_SECONDS", value="0.0"),
            "makes no fault; accepted: a number above 0",
        ),
        (
            "AC-003",
            put("fault", "env", value={}),
            "of recommendation-service changes no setting, so it makes no fault; a",
        ),
        ("AC-003", take("fault", "env"), "changes no setting, so it makes no fault; accepted: env with at least one"),
        (
            "RCA-003",
            put("fault", "env", "CREDENTIAL_SET", value="next"),
            "is 'next', which makes no fault; accepted: pre",
        ),
        ("RCA-003", put("fault", "env", "ROTATE_ON_START", value="false"), "which makes no fault; accepted: true"),
        (
            "RCA-002",
            put("fault", "env", "EXPORT_FILTER", value="permit any; deny az-1"),
            "is 'permit any; deny az-1', which makes no fault; accepted: rules in order that keep one zone from",
        ),
        (
            "RCA-002",
            put("fault", "env", "EXPORT_FILTER", value="deny az-9; permit any"),
            "which makes no fault; accepted",
        ),
        (
            "RCA-002",
            put("fault", "env", "EXPORT_FILTER", value="deny, all"),
            "is 'deny, all', which makes no fault; acc",
        ),
        ("RCA-002", put("answer", "cut_off", "out_of", value=["az-1"]), "out_of names az-1; accepted: az-2, az-3"),
        ("RCA-002", put("answer", "cut_off", "into", value="az-7"), "cut_off.into: Input should be 'az-1', 'az-2' or"),
        ("RCA-002", put("answer", "cut_off", "out_of", value=[]), "answer.cut_off.out_of must not be empty"),
        ("RCA-002", put("answer", "cut_off", value="az-1"), "answer.cut_off must be a table"),
        ("RCA-002", put("answer", "cut_off", "out_of", value="az-2"), "answer.cut_off.out_of must be a list"),
        (
            "RCA-001",
            put("fault", "flag", value="full_history"),
            "never turns off full_history; accepted: a step with dis",
        ),
        (
            "RCA-001",
            put("answer", "remedy", 0, "target", value="history"),
            "never turns off full_history_export; accep",
        ),
        (
            "RCA-001",
            put("answer", "remedy", 1, "action", value="scale_service"),
            "answer.remedy.1.action: a step of the key names no number of replicas to scale to; accepted: restart",
        ),
        (
            "RCA-001",
            put("answer", "failure_mode", 0, "any", 0, value="|||"),
            "'|||' is not a wording: at most 300 char",
        ),
        ("RCA-001", put("answer", "remedy", 0, "says", value=["off|* flag"]), "'off|* flag' is not a wording: at most"),
        ("RCA-001", put("answer", "remedy", 0, "says", value=["  "]), "'  ' is not a wording: at most 300 characters"),
        ("RCA-001", put("answer", "remedy", 0, "says", value=["a" * 301]), "is not a wording: at most 300 characters"),
        (
            "AC-001",
            put("fault", "version", value="2.15"),
            "fault.version: '2.15' is not a version: v and three numbers,",
        ),
        ("AC-001", put("fault", "version", value="v1.2.3\n"), "is not a version: v and three numbers, such as v2.15.0"),
        ("AC-001", put("fault", "service", value="Auth"), "'Auth' is not a service's name: at most 60 small letters, "),
        (
            "AC-001",
            put("fault", "service", value="a" * 61),
            "is not a service's name: at most 60 small letters, digits",
        ),
        (
            "AC-001",
            put("brief", "title", value=""),
            "brief.title: '' is not a line of 1 to 400 characters, such as 'v2.",
        ),
        (
            "AC-001",
            put("brief", "incident_summary", value=7),
            "7 is not a text of 1 to 2000 characters, such as 'Logins",
        ),
        ("AC-001", put("answer", "remedy", 0, "id", value=""), "'' is not a name of 1 to 120 characters, such as rest"),
        (
            "RCA-001",
            put(*BAND, "figur", value="x"),
            "answer.symptoms.0.figur is not known; accepted: figure (or name, query and unit in its place), min, max",
        ),
        (
            "RCA-001",
            take("brief", "symptoms", 0, "says"),
            "brief.symptoms.0.says is missing; accepted: figure (or name, query and unit in its place), says",
        ),
        ("RCA-001", take("answer"), "answer is missing; accepted: fault_of, brief, fault, answer"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(
    scenario_id: str, change: Callable[[Tables], None], sentence: str
) -> None:
    tables = tables_of(scenario_id)
    change(tables)
    said = refusal(scenario_id, tables) or ""
    assert said.startswith(f"{scenario_id}.toml: ")
    assert sentence in said


def test_a_file_whose_name_is_no_scenarios_is_refused() -> None:
    said = refusal("AC-1", tables_of("AC-001")) or ""
    assert said == "AC-1.toml: id: 'AC-1' is not a scenario's name: AC, RCA or RP, three digits, such as AC-001."


@pytest.mark.parametrize("scenario_id", ["AC-001", "AC-002", "RCA-002", "RCA-003"])
def test_what_the_healthy_shop_is_set_to_makes_no_fault(scenario_id: str) -> None:
    tables = tables_of(scenario_id)
    fault = tables["fault"]
    healthy = settings_of(fault["service"])
    fault["env"] = {name: healthy[name] for name in fault["env"]}
    said = refusal(scenario_id, tables) or ""
    assert "no fault" in said or "denies nothing" in said


def settings_of(service: str) -> dict[str, str]:
    documents = yaml.safe_load_all((FOLDERS[SHOP] / f"{service}.yaml").read_text())
    (pod,) = [one["spec"]["template"]["spec"] for one in documents if one["kind"] in WORKLOADS]
    return {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"] if "value" in entry}


ZONE = st.sampled_from(["any", *ZONES, "az-9"])
TO = st.one_of(st.just(""), st.lists(ZONE, min_size=1, max_size=3).map(lambda zones: f" to {' , '.join(zones)}"))
RULE = st.builds("{} {}{}".format, st.sampled_from(["permit", "deny"]), ZONE, TO)


@given(st.lists(st.one_of(RULE, st.sampled_from(["", "deny", "permit any, deny az-1"])), max_size=4).map(";".join))
def test_an_export_filter_is_read_as_the_shops_routers_read_it(text: str) -> None:
    try:
        read = parse_filter(text)
    except BadFilter:
        assert not keeps_zones_apart(text)
    else:
        assert keeps_zones_apart(text) is any(read.denied(zone, {*ZONES} - {zone}) for zone in ZONES)


def test_the_zones_are_those_of_the_nodes() -> None:
    nodes = yaml.safe_load((MANIFESTS / "kind" / "cluster.yaml").read_text())["nodes"]
    zones = {node.get("labels", {}).get("topology.kubernetes.io/zone") for node in nodes} - {None}
    assert zones == set(ZONES)


def from_folder(folder: pathlib.Path, name: str, content: bytes, read: Callable[[], object]) -> str:
    """What is said where the folder of scenarios holds such a file."""
    (folder / name).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "files", lambda package: folder)
        with pytest.raises(LabFault) as refused:
            read()
    return str(refused.value)


def test_a_file_that_is_not_utf8_is_named_with_the_line(tmp_path: pathlib.Path) -> None:
    said = from_folder(tmp_path, "AC-001.toml", b'[brief]\ntitle = "caf\xe9"\n', loader.read_all)
    assert said == "AC-001.toml: not readable as text: line 2 is not in UTF-8; save it as UTF-8."


def test_a_number_of_too_many_digits_is_told_with_the_file(tmp_path: pathlib.Path) -> None:
    said = from_folder(tmp_path, "AC-001.toml", b"careful_steps = " + b"9" * 5000, loader.read_all)
    assert said.startswith("AC-001.toml: not readable as TOML: ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[pages]\nquery = "up"\n', "pages.unit is missing; accepted: query, unit."),
        (b'[pages]\nquery = "up"\nunit = "miles"\n', "pages.unit: Input should be 'percent', 'seconds', 'dollars"),
        (b'[pages]\nquery = ""\nunit = "count"\n', "pages.query: '' is not a line of 1 to 400 characters, such as"),
        (b'pages = "up"\n', "pages must be a table."),
        (b"\xff", "not readable as text: line 1 is not in UTF-8; save it as UTF-8."),
    ],
)
def test_a_broken_figure_is_named(tmp_path: pathlib.Path, content: bytes, sentence: str) -> None:
    said = from_folder(tmp_path, "figures.toml", content, loader.read_figures.__wrapped__)
    assert said.startswith(f"figures.toml: {sentence}")
