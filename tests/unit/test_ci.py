"""The workflow: actions pinned by commit, no rights that it does not need, and nothing called that is not here."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
JOBS: dict[str, Any] = yaml.safe_load(TEXT)["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = "\n".join(step.get("run", "") for step in STEPS)


def test_actions_are_pinned_by_commit_with_the_tag_beside() -> None:
    used = re.findall(r"uses: (.+)", TEXT)
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_it_may_read_and_nothing_else() -> None:
    assert yaml.safe_load(TEXT)["permissions"] == {"contents": "read"}
    checkouts = [step for step in STEPS if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert all(job["timeout-minutes"] <= 60 for job in JOBS.values())


def test_what_it_calls_is_here() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z0-9-]+)", COMMANDS, re.MULTILINE)) <= targets
    scripts = re.findall(r"(?<![\w*.])(?:scripts|tests)/[\w./-]+\.(?:sh|py)", COMMANDS)
    assert scripts
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


def test_two_pythons_are_tested_the_oldest_among_them() -> None:
    pythons = JOBS["test"]["strategy"]["matrix"]["python"]
    assert len(pythons) == 2
    assert "3.11" in pythons
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()


def test_a_failure_of_the_live_tests_keeps_the_clusters_logs() -> None:
    kept = [step for step in JOBS["live"]["steps"] if step.get("if") == "failure()"]
    assert [("cluster-logs" in str(step)) for step in kept] == [True, True]
    assert JOBS["live"]["steps"][-1] == {"if": "always()", "run": "make down"}
