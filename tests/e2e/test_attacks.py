"""The attackers against three incidents on the live cluster, which forgives less than a recording may."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx
import pytest

from lab.scenarios import get
from tests.attacks.arena import ASKED_OF_MCP, FLOOR
from tests.attacks.players import PLAYERS
from tests.e2e.server import PATIENCE, Client, serving

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# A medium one, and two hard ones whose faults differ.
INCIDENTS = ("RCA-003", "RP-001", "RP-002")


class LiveDoor(Client):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._pages = httpx.Client(base_url=url, timeout=PATIENCE)

    def close(self) -> None:
        self._pages.close()
        super().close()

    def step(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """An attacker's step may be refused, too."""
        found: dict[str, Any] = self._pages.post("/step", json=action).json()
        return found

    def read(self, path: str) -> str:
        answer = self._pages.get(path)
        return f"{answer.headers}\n{answer.text}"

    def tools(self) -> str:
        return "\n".join(self._pages.post("/openenv/mcp", json=asked).text for asked in ASKED_OF_MCP)


@pytest.fixture(scope="module", name="door")
def _door() -> Iterator[LiveDoor]:
    with serving("live") as url, closing(LiveDoor(url)) as door:
        yield door


@pytest.mark.parametrize("scenario_id", INCIDENTS)
@pytest.mark.parametrize("name", PLAYERS)
def test_no_attacker_scores(door: LiveDoor, scenario_id: str, name: str) -> None:
    seen = door.reset(get(scenario_id))
    PLAYERS[name](door, seen)
    grade = door.grade()
    assert grade["verdict"] == "scored", grade
    assert grade["total"] <= FLOOR, grade
