"""What README says that the rules make of the takes that ship, played again; who updates README has updated this."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lab.baseline_agent.client import Environment
from lab.baseline_agent.runner import Rules, play
from lab.scenarios import load_all
from lab.worlds import RecordedSource
from tests.unit.served_kit import served_over

README = " ".join((Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8").split())
MEASURED = re.search(r"As measured \(.*? (?P<mean>\d\.\d+) on average\.", README)
OTHERS = re.search(r"(\d\.\d+) for each of the three severities and each of the three causes", README)


def said() -> dict[str, float]:
    """Those that are named have their own score, all others the one that is said for each."""
    assert MEASURED is not None
    assert OTHERS is not None
    named = {name: float(score) for score, name in re.findall(r"(\d\.\d+) for ([A-Z]+-\d+)", MEASURED[0])}
    assert {name for name in load_all() if name.startswith("RP")} <= named.keys() <= set(load_all())
    return dict.fromkeys(load_all(), float(OTHERS[1])) | named


@pytest.fixture(scope="module")
def scores() -> Iterator[Mapping[str, float | None]]:
    with served_over(RecordedSource()) as served, Environment(served.url) as door:
        yield {name: play(door, Rules(), {"scenario_id": name}, lambda _: None).score for name in load_all()}


@pytest.mark.parametrize("scenario_id", load_all())
def test_the_rules_make_what_readme_says(scores: Mapping[str, float | None], scenario_id: str) -> None:
    assert scores[scenario_id] == pytest.approx(said()[scenario_id], abs=0.0005)


def test_and_on_average(scores: Mapping[str, float | None]) -> None:
    assert MEASURED is not None
    made = [score for score in scores.values() if score is not None]
    assert len(made) == len(load_all())
    assert sum(made) / len(made) == pytest.approx(float(MEASURED["mean"]), abs=0.0005)
