"""The takes that ship hold the evidence that an incident promises, where it promises it and nowhere else."""

import pytest

from lab.recorded import takes
from lab.recorded.stock import faults
from lab.scenarios import Scenario
from tests.contract.evidence_rules import OWN, Looked, Rule, rules_of

FAULTS = faults()
RULES = [
    pytest.param(scenario, rule, id=f"{scenario.id}-{rule.__name__}")
    for scenario in FAULTS
    for rule in rules_of(scenario)
]


@pytest.fixture(scope="module", name="looked")
def _looked() -> dict[str, Looked]:
    return {
        one.id: Looked(one, takes.graph_for(takes.own_folder(), one, 0).node(0).evidence.__getitem__) for one in FAULTS
    }


@pytest.mark.parametrize(("scenario", "rule"), RULES)
def test_the_take_keeps_the_rule(looked: dict[str, Looked], scenario: Scenario, rule: Rule) -> None:
    rule(looked[scenario.id])


def test_each_of_the_harder_incidents_has_a_rule_of_its_own() -> None:
    assert set(OWN) == {one.id for one in FAULTS if one.task.difficulty != "easy"}
