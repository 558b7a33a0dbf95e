"""Where the players meet the incidents: the HTTP API over the recorded world, or any other door of the same shape."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from fastapi.testclient import TestClient

from lab.scenarios import Scenario, load_all
from lab.worlds import RecordedSource
from tests.unit.server_kit import client_over

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


@contextmanager
def arena() -> Iterator[OverHttp]:
    with client_over(RecordedSource()) as client:
        yield OverHttp(client)


def played(door: OverHttp, scenario: Scenario, player: Player) -> Json:
    """The verdict on the player, at whatever point it left."""
    seen = door.reset(scenario)
    player(door, seen)
    grade = door.grade()
    assert grade["verdict"] in ("scored", "running"), grade
    return grade
