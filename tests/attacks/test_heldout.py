"""How well texts are told apart that the rules were not made from, and what never may change a score."""

import tomllib
from pathlib import Path

import pytest

from lab.grading import key_of
from lab.grading.submission import failure_mode_said
from lab.scenarios import get

HERE = Path(__file__).parent
HELD_OUT = {path.stem: tomllib.loads(path.read_text()) for path in (HERE / "heldout").glob("*.toml")}
PHRASINGS = tomllib.loads((HERE / "phrasings.toml").read_text())
FAULTS = ("RCA-001", "RCA-002", "RCA-003")
# As measured, and of how many; the rates stand in docs/trust.md.
RATES = {"first": ((55, 55), (29, 32)), "second": ((65, 66), (46, 48)), "unseen": ((69, 72), (54, 60))}
# Each is true in every one of the three incidents, and says that something else did not happen.
BESIDE = (
    "There is no route problem.",
    "The connection pool is not exhausted.",
    "The connection limit was not reached.",
    "There is no credential problem, and nothing was rotated.",
    "Nothing was out of memory.",
    "DNS is fine.",
    "Disk space is sufficient.",
    "The cache hit rate is normal.",
    "The new model is not involved.",
    "TLS handshakes work.",
    "BGP is healthy.",
    "No traffic spike was seen.",
    "Clients then exhaust their connection pools.",
)


def worth(scenario_id: str, text: str) -> float:
    return failure_mode_said(key_of(get(scenario_id)), text).worth


def rate(texts: dict[str, list[str]], wanted: float) -> tuple[int, int]:
    judged = [worth(scenario_id, text) == wanted for scenario_id, some in texts.items() for text in some]
    return sum(judged), len(judged)


def test_as_many_held_out_texts_are_judged_right_as_is_published() -> None:
    assert {name: (rate(some["right"], 1), rate(some["wrong"], 0)) for name, some in HELD_OUT.items()} == RATES


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("scenario_id", FAULTS)
def test_what_did_not_happen_may_be_said_beside_a_right_text(scenario_id: str, beside: str) -> None:
    for text in PHRASINGS[scenario_id]:
        assert worth(scenario_id, f"{text.rstrip('.')}. {beside}") == 1, f"{text} {beside}"


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("scenario_id", FAULTS)
def test_and_alone_it_is_worth_nothing(scenario_id: str, beside: str) -> None:
    assert worth(scenario_id, beside) == 0


@pytest.mark.parametrize("scenario_id", FAULTS)
@pytest.mark.parametrize(
    "hedge",
    [
        "A change went wrong, causing az-1's routes to be withdrawn and an unbounded export query to exhaust memory.",
        "A change went wrong, causing az-1's routes to be withdrawn and a rotation to publish stale credentials.",
        "A change, leading to stale credentials from a rotation and to an export query without bounds, out of memory.",
    ],
)
def test_several_modes_as_consequences_of_a_change_are_several(scenario_id: str, hedge: str) -> None:
    assert worth(scenario_id, hedge) == 0
