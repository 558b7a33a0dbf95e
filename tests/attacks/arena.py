"""Where the players meet the incidents: the HTTP API over the recorded world, or any other door of the same shape."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from lab.scenarios import Scenario, load_all
from lab.worlds import RecordedSource
from tests.unit.server_kit import client_over, load_page

ALL = list(load_all())
MEDIUM_AND_HARD = [name for name in ALL if not name.startswith("AC")]
FLOOR = 0.2

Json = dict[str, Any]
_CALL: Json = {"name": "query_logs", "arguments": {"service": "api-gateway"}}
ASKED_OF_MCP: tuple[Json, ...] = (
    {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": _CALL},
    {"jsonrpc": "2.0", "id": 3, "method": "resources/list", "params": {}},
)


class Door(Protocol):
    """What a player can do: begin is not among it."""

    def step(self, action: Json) -> Json: ...

    def read(self, path: str) -> str:
        """Any page of the server that is asked with GET, or a sentence that there is none."""

    def tools(self) -> str:
        """What the MCP endpoint tells of its tools, and on a call without an episode."""


class OverHttp:
    """A step may be refused; a beginning may not, or the episode before would be graded."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def reset(self, scenario: Scenario) -> Json:
        answer = self._client.post("/reset", json={"scenario_id": scenario.id})
        assert answer.status_code == 200, answer.text
        seen: Json = answer.json()
        return seen

    def step(self, action: Json) -> Json:
        answer: Json = self._client.post("/step", json=action).json()
        return answer

    def grade(self) -> Json:
        grade: Json = self._client.get("/grader").json()
        return grade

    def read(self, path: str) -> str:
        answer = self.asked(path)
        return f"{answer.headers}\n{answer.text}"

    def asked(self, path: str) -> Any:
        return self._client.get(path)

    def tools(self) -> str:
        return "\n".join(self._client.post("/openenv/mcp", json=asked).text for asked in ASKED_OF_MCP)


Player = Callable[[Door, Mapping[str, Any]], None]


@contextmanager
def arena() -> Iterator[OverHttp]:
    with client_over(RecordedSource()) as client:
        load_page(client)
        yield OverHttp(client)


def played(door: OverHttp, scenario: Scenario, player: Player) -> Json:
    """The verdict on the player. Whoever did not end its episode was stopped by a refusal, and proves nothing."""
    seen = door.reset(scenario)
    player(door, seen)
    grade = door.grade()
    assert grade["verdict"] == "scored", grade
    return grade
