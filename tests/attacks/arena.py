"""Where the players meet the incidents: the HTTP API over the recorded world, or any other door of the same shape."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import copy
from tempfile import mkdtemp
from typing import Any, Protocol

from fastapi.testclient import TestClient

from lab.recorded import takes
from lab.recorded.world import RecordedWorld
from lab.scenarios import Scenario, load_all
from tests.unit.recorded_kit import tiny_takes
from tests.unit.server_kit import TinySource, client_over

ALL = list(load_all())
MEDIUM_AND_HARD = [name for name in ALL if not name.startswith("AC")]
FLOOR = 0.2

Json = dict[str, Any]


class Door(Protocol):
    """What a player can do: begin is not among it."""

    def step(self, action: Json) -> Json: ...

    def read(self, path: str) -> str:
        """Any page of the server that is asked with GET, or a sentence that there is none."""

    def tools(self) -> str:
        """What the MCP endpoint tells of its tools."""


class OverHttp:
    def __init__(self, client: TestClient) -> None:
        self._client = client

    def reset(self, scenario: Scenario) -> Json:
        seen: Json = self._client.post("/reset", json={"scenario_id": scenario.id}).json()
        return seen

    def step(self, action: Json) -> Json:
        answer: Json = self._client.post("/step", json=action).json()
        return answer

    def grade(self) -> Json:
        grade: Json = self._client.get("/grader").json()
        return grade

    def read(self, path: str) -> str:
        return self._client.get(path).text

    def tools(self) -> str:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return self._client.post("/openenv/mcp", json=asked).text


Player = Callable[[Door, Mapping[str, Any]], None]


@cache
def takes_at_hand() -> Path:
    """The takes that ship, and for a fault that has none yet an invented one, so that all nine can be played."""
    folder, known = Path(mkdtemp(prefix="arena-")), {}
    for fault in {scenario.fault_of or name for name, scenario in load_all().items()}:
        source = takes.own_folder() if takes.take_names(takes.own_folder(), fault) else tiny_takes()
        for name in takes.take_names(source, fault):
            copy(source / name, folder / name)
            known[name] = takes.digests(source)[name]
    (folder / takes.DIGESTS).write_text(json.dumps(known))
    return folder


def is_real(scenario: Scenario) -> bool:
    return bool(takes.take_names(takes.own_folder(), takes.recorded_as(scenario)))


@contextmanager
def arena() -> Iterator[OverHttp]:
    with client_over(TinySource(lambda: RecordedWorld(takes_at_hand()))) as client:
        yield OverHttp(client)


def played(door: OverHttp, scenario: Scenario, player: Player) -> Json:
    """The verdict on the player, at whatever point it left."""
    seen = door.reset(scenario)
    player(door, seen)
    grade = door.grade()
    assert grade["verdict"] in ("scored", "running"), grade
    return grade
