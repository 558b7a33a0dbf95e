"""The attackers against three incidents on the live cluster, which forgives less than a recording may."""

from collections.abc import Iterator

import httpx
import pytest

from lab.scenarios import get
from tests.attacks.arena import FLOOR, OverHttp, played
from tests.attacks.players import PLAYERS
from tests.e2e.server import PATIENCE, serving

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
# A medium one, and two hard ones whose faults differ.
INCIDENTS = ("RCA-003", "RP-001", "RP-002")


@pytest.fixture(scope="module", name="door")
def _door() -> Iterator[OverHttp]:
    with serving("live") as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
        yield OverHttp(client)


@pytest.mark.parametrize("scenario_id", INCIDENTS)
@pytest.mark.parametrize("name", PLAYERS)
def test_no_attacker_scores(door: OverHttp, scenario_id: str, name: str) -> None:
    assert played(door, get(scenario_id), PLAYERS[name])["total"] <= FLOOR
