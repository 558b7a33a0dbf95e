"""The same scripts in both worlds: what is the same is counted, what is not is told."""

from dataclasses import replace

import pytest

from lab.actions import Query
from lab.recorded.fidelity import agreement, compare, scripts
from lab.scenarios import get
from lab.world import Evidence, Health
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.tiny_world import FLAGS, TinyWorld


@pytest.mark.parametrize("scenario_id", ["AC-002", "RCA-003", "RP-001"])
def test_a_faithful_recording_is_found_faithful(scenario_id: str) -> None:
    scenario = get(scenario_id)
    for script in scripts(scenario, sorted(FLAGS)):
        found = compare(scenario, script, TinyWorld, recorded_tiny)
        assert (found.good, agreement([found])) == (True, 1.0)


def test_an_unfaithful_one_is_not() -> None:
    class Marked(TinyWorld):
        def look(self, query: Query) -> Evidence:
            return replace(super().look(query), abnormal=("figure",))

    scenario = get("RP-001")
    gold = scripts(scenario, sorted(FLAGS))[0]
    found = compare(scenario, gold, Marked, recorded_tiny)
    assert (found.agreeing_marks, agreement([found])) == (0, 0.0)
    looks = [(step, move) for step, move in enumerate(gold.moves, start=1) if isinstance(move, Query)]
    assert list(found.differing) == [
        f"step {step}, {move.kind} {move.service}: figure is abnormal in the live world only" for step, move in looks
    ]


def test_other_keys_and_rewards_are_told() -> None:
    class Other(TinyWorld):
        def look(self, query: Query) -> Evidence:
            return replace(super().look(query), keys=("figure", "more"))

        def health(self) -> Health:
            return replace(super().health(), healthy=False)

    scenario = get("RP-001")
    gold = scripts(scenario, sorted(FLAGS))[0]
    found = compare(scenario, gold, Other, recorded_tiny)
    assert (found.equal_keys, found.agreeing_marks == found.marks, found.good) == (0, True, False)
    last = f"step {len(gold.moves)}, submit_resolution"
    assert [line for line in found.differing if "units live" in line and line.startswith(last)]
    assert sum("more told in one world only" in line for line in found.differing) == found.evidences


def test_a_fault_of_the_lab_is_told_and_not_counted_as_agreement() -> None:
    scenario = get("RP-001")
    gold = scripts(scenario, sorted(FLAGS))[0]
    found = compare(scenario, gold, lambda: TinyWorld(breaks_on=["health"]), recorded_tiny)
    assert found.void.startswith("live:")
    assert not found.good
