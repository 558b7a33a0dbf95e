"""The workflows: actions pinned by commit, no needless rights, nothing called that is not here, each suite called."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.scenarios import load_all

ROOT = Path(__file__).resolve().parents[2]
CHANGE, NIGHT = (ROOT / ".github" / "workflows" / name for name in ("ci.yml", "nightly.yml"))
MINUTES = {CHANGE: 60, NIGHT: 300}
MAKEFILE = (ROOT / "Makefile").read_text()
# What a plain `make test` leaves out, by the target that runs it: its mark.
SUITES: dict[str, str] = dict(re.findall(r"^([a-z0-9-]+): setup .*\n\t@.* -m pytest -m (\w+)", MAKEFILE, re.MULTILINE))
_MARKED = re.compile(rf"mark\.({'|'.join(SUITES.values())})\b")
LIVE_FILES = [
    file for file in sorted((ROOT / "tests").rglob("test_*.py")) if "live" in _MARKED.findall(file.read_text())
]
each_workflow = pytest.mark.parametrize("file", MINUTES, ids=lambda file: file.stem)


def jobs(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())["jobs"]
    return found


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(file).values() for step in job["steps"]]


def commands_of(file: Path) -> str:
    return "\n".join(step.get("run", "") for step in steps(file))


def test_there_is_no_other() -> None:
    assert set(CHANGE.parent.iterdir()) == set(MINUTES)


@each_workflow
def test_actions_are_pinned_by_commit_with_the_tag_beside(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text())
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


@each_workflow
def test_it_may_read_and_nothing_else(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}
    checkouts = [step for step in steps(file) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert all(job["timeout-minutes"] <= MINUTES[file] for job in jobs(file).values())


@each_workflow
def test_what_it_calls_is_here(file: Path) -> None:
    commands = commands_of(file)
    targets = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"^make ([a-z0-9-]+)", commands, re.MULTILINE)) <= targets
    modules = [f"{name.replace('.', '/')}.py" for name in re.findall(r"-m (scripts[\w.]+)", commands)]
    scripts = re.findall(r"(?<![\w*.])(?:scripts|tests)/[\w./-]+\.(?:sh|py)", commands) + modules
    assert scripts
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


def test_two_pythons_are_tested_the_oldest_among_them() -> None:
    pythons = jobs(CHANGE)["test"]["strategy"]["matrix"]["python"]
    assert len(pythons) == 2
    assert "3.11" in pythons
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


@each_workflow
def test_a_failure_of_the_live_tests_keeps_the_clusters_logs(file: Path) -> None:
    live = jobs(file)["live"]["steps"]
    kept = [step for step in live if step.get("if") == "failure()"]
    assert [("cluster-logs" in str(step)) for step in kept] == [True, True]
    assert live[-1] == {"if": "always()", "run": "make down"}


@each_workflow
def test_only_that_job_has_a_cluster(file: Path) -> None:
    called = {name: [step.get("run") for step in job["steps"]] for name, job in jobs(file).items()}
    assert [name for name, runs in called.items() if "make up" in runs] == ["live"]


def test_each_part_of_the_night_has_a_cluster_of_its_own_and_does_something() -> None:
    live = jobs(NIGHT)["live"]
    asked = [step["if"] for step in live["steps"] if step.get("if", "").startswith("matrix.part")]
    parts = live["strategy"]["matrix"]["part"]
    assert {f"matrix.part == '{part}'" for part in parts} == set(asked)
    assert live["strategy"]["fail-fast"] is False
    # Each runner keeps its logs under a name of its own.
    kept = [step["with"]["name"] for step in live["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept == ["cluster-logs-${{ matrix.part }}"]


def test_what_a_part_of_the_night_does_ends_before_its_job() -> None:
    live = jobs(NIGHT)["live"]
    does = [step for step in live["steps"] if step.get("if", "").startswith("matrix.part")]
    for part in live["strategy"]["matrix"]["part"]:
        minutes = sum(step["timeout-minutes"] for step in does if f"'{part}'" in step["if"])
        assert 0 < minutes <= live["timeout-minutes"] - 60


@pytest.mark.parametrize(
    "called",
    [
        "-m proof",
        "tests/e2e/test_outsiders.py",
        "scripts/measure/kills.py --times",
        "-m scripts.soak.live",
        "-m scripts.soak.recorded",
    ],
)
def test_what_takes_long_runs_at_night(called: str) -> None:
    assert called in commands_of(NIGHT)


def all_called() -> str:
    """By workflows and by what stands before main, without comments."""
    before_main = (ROOT / ".ci" / "run").read_text()
    return re.sub(
        r"^\s*#.*$", "", "\n".join([commands_of(CHANGE), commands_of(NIGHT), before_main]), flags=re.MULTILINE
    )


def live_called() -> set[Path]:
    """Files and folders of live tests that are run whole."""
    asked = re.findall(r'\bmake e2e LIVE="?([^"\n]+)', all_called())
    return {ROOT / word for words in asked if " -k " not in words for word in words.split()}


def test_each_suite_that_a_plain_run_leaves_out_has_a_target() -> None:
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    assert set(SUITES.values()) == {line.partition(":")[0] for line in markers}


@pytest.mark.parametrize("target", SUITES)
def test_each_suite_is_called_by_somebody(target: str) -> None:
    assert re.search(rf"\bmake {target}(?![\w-])|-m pytest -m {SUITES[target]}\b", all_called())


@pytest.mark.parametrize("file", LIVE_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_each_file_of_live_tests_is_run_whole_by_somebody(file: Path) -> None:
    """`make e2e` is called for some of them at a time, so each is named, or its folder."""
    assert live_called() & {file, *file.parents}


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "e2e").glob("test_*.py")), ids=lambda file: file.name)
def test_each_file_of_tests_on_a_cluster_belongs_to_a_suite(file: Path) -> None:
    assert _MARKED.findall(file.read_text())


def test_each_incidents_proof_has_its_night() -> None:
    (proof,) = [step["run"] for step in steps(NIGHT) if "-m proof" in step.get("run", "")]
    choice = "\n".join(line for line in proof.splitlines() if "pytest" not in line)
    found = [_tonight(choice, day) for day in range(20_000, 20_000 + len(load_all()))]
    assert set(found) == set(load_all())


def _tonight(choice: str, day: int) -> str:
    shell = f"date() {{ echo {day * 86_400 + 8_220}; }}\n{choice}\necho $tonight"
    return subprocess.run(["bash", "-euc", shell], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
