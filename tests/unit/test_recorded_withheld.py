"""A take that names the culprit in a measuring step is played without it."""

import pytest

from lab.actions import MEASURING_STEPS, Remedy
from lab.recorded import withheld
from lab.recorded.world import RecordedWorld
from lab.scenarios import get, load_all
from lab.world import Outcome

HARDER = [name for name, scenario in load_all().items() if scenario.task.difficulty != "easy"]
RECOVERY = Remedy("execute_runbook_step", withheld.STEP)
TOLD = """Recovery of the services: NOT as it should be, 3 of 4 facts are bad.
api-gateway: 3 of 3 pods ready, 13 % of its answers are errors [ABNORMAL]
auth-service: 0 of 1 pods ready, reports a condition that will not last [ABNORMAL]
network-infra: 3 of 3 pods ready, 0 % of its answers are errors, reports a condition that will not last [ABNORMAL]
postgres-db: 1 of 1 pods ready"""
LEFT = """Recovery of the services: NOT as it should be, 2 of 4 facts are bad.
api-gateway: 3 of 3 pods ready, 13 % of its answers are errors [ABNORMAL]
auth-service: 0 of 1 pods ready [ABNORMAL]
network-infra: 3 of 3 pods ready, 0 % of its answers are errors
postgres-db: 1 of 1 pods ready"""


def test_what_a_service_said_of_itself_is_left_out_and_counted_anew() -> None:
    assert withheld.told(RECOVERY, Outcome(TOLD, False)) == Outcome(LEFT, False)


def test_where_nothing_else_is_bad_all_is_as_it_should_be() -> None:
    alone = "\n".join(line for line in TOLD.split("\n") if "api" not in line and "auth" not in line)
    assert withheld.told(RECOVERY, Outcome(alone, False)).text.startswith(
        "Recovery of the services: as it should be.\n"
    )


def test_other_steps_are_told_as_they_are() -> None:
    other = Remedy("execute_runbook_step", "verify_db_health")
    assert withheld.told(other, Outcome(TOLD, False)) == Outcome(TOLD, False)


@pytest.mark.parametrize("scenario_id", HARDER)
def test_no_measuring_step_marks_the_culprit(scenario_id: str) -> None:
    world = RecordedWorld()
    world.begin(get(scenario_id), 0)
    for step in sorted(MEASURING_STEPS):
        lines = world.do(Remedy("execute_runbook_step", step)).text.split("\n")
        marked = [line for line in lines if "[ABNORMAL]" in line]
        assert not [line for line in marked if get(scenario_id).answer.culprit in line], step
