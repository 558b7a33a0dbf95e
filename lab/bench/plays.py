"""What is played: for each scenario that is recorded a perfect script and some wandering ones."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic_core import to_json

from lab.actions import Move, name_of, parameters_of
from lab.errors import Missing
from lab.recorded.fidelity import played, scripts
from lab.recorded.takes import graph_for, own_folder, recorded_as, take_names
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, load_all


class Play(NamedTuple):
    scenario: Scenario
    moves: Sequence[Move]

    @property
    def wish(self) -> dict[str, Any]:
        return {"scenario_id": self.scenario.id, "seed": 0}

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [{"action_type": name_of(move), "parameters": parameters_of(move)} for move in self.moves]

    def requests(self, episode_id: str) -> list[tuple[str, bytes]]:
        """Path and body of each call over HTTP."""
        begin = ("/reset", to_json({**self.wish, "episode_id": episode_id}))
        return [begin, *(("/step", to_json({**action, "episode_id": episode_id})) for action in self.actions)]


def all_plays() -> list[Play]:
    """A script that leads out of its recording is left out: nothing would be measured after that."""
    found = [play for scenario in recorded() for play in _plays_of(scenario)]
    if not found:
        raise Missing(f"There are no takes in {own_folder()}; `lab record ID` makes them on the live cluster.")
    return found


def recorded() -> list[Scenario]:
    return [scenario for scenario in load_all().values() if take_names(own_folder(), recorded_as(scenario))]


def _plays_of(scenario: Scenario) -> list[Play]:
    flags = sorted(graph_for(own_folder(), scenario, 0).node(0).flags)
    made = scripts(scenario, flags)
    return [Play(scenario, script.moves) for script in made if not played(RecordedWorld(), scenario, script).void]
