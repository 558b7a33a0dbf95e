"""The same trajectory has the same grade to the byte: a thousand times, in other processes, on other Pythons."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.grading import VERSION, grade, key_of
from lab.grading.submission import failure_mode_said, written_up
from lab.grading.text import read
from lab.scenarios import get
from lab.trust.bundle import grade_table
from lab.trust.canonical import to_bytes
from tests.attacks.arena import ALL
from tests.attacks.grades import digest, trajectories

GOLDEN = Path(__file__).with_name("grades.json")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("scenario_id", ALL)
def test_a_thousand_times(scenario_id: str) -> None:
    scenario = get(scenario_id)
    *_, last = trajectories(scenario)
    first = to_bytes(grade_table(grade(scenario, last)))
    for again in range(1_000):
        if again % 100 == 0:
            forget()
        assert to_bytes(grade_table(grade(scenario, last))) == first


def forget() -> None:
    for remembered in (read, failure_mode_said, written_up, key_of):
        remembered.cache_clear()


def test_the_digest_that_other_pythons_find() -> None:
    """CI runs this on each Python that the lab supports. Whoever changes a key or a grader writes the new digest."""
    wanted = json.loads(GOLDEN.read_text())
    assert wanted == {"version": VERSION, "digest": digest()}, (
        "Grades differ from those of tests/attacks/grades.json. If that is meant: raise lab.grading.VERSION where "
        "scores can change, and write what `python -m tests.attacks.grades` prints into the file."
    )


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_process_with_other_hashes(seed: str) -> None:
    environ = {**os.environ, "PYTHONHASHSEED": seed}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.attacks.grades"], cwd=ROOT, env=environ, capture_output=True, check=True
    )
    assert ran.stdout.decode().split()[0] == digest()
