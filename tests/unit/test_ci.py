"""The workflows: actions pinned by commit, no rights that they do not need, and nothing called that is not here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHANGE, NIGHT = (ROOT / ".github" / "workflows" / name for name in ("ci.yml", "nightly.yml"))
MINUTES = {CHANGE: 60, NIGHT: 150}
each_workflow = pytest.mark.parametrize("file", MINUTES, ids=lambda file: file.stem)


def jobs(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())["jobs"]
    return found


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(file).values() for step in job["steps"]]


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
    commands = "\n".join(step.get("run", "") for step in steps(file))
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z0-9-]+)", commands, re.MULTILINE)) <= targets
    scripts = re.findall(r"(?<![\w*.])(?:scripts|tests)/[\w./-]+\.(?:sh|py)", commands)
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
