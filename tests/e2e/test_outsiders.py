"""Somebody outside takes a part of the shop away while an agent plays: void, where the agent's own doing is scored."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from lab.cluster.names import SHOP
from lab.scenarios import get
from tests.e2e.outsider import bounce, take_away, workers
from tests.e2e.server import Client, serving

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SICK = get("RP-002")
RESTARTED = "order-service"
RESTART: dict[str, Any] = {"action_type": "restart_service", "parameters": {"service": RESTARTED}}
SUBMISSION: dict[str, Any] = {"action_type": "submit_resolution", "parameters": {"summary": "Nothing was done."}}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving("live") as url, closing(Client(url)) as client:
        yield client


def is_void(client: Client, named: str) -> bool:
    """Told so at the submission already, with what is at fault."""
    refused = client.ask("POST", "/step", json=SUBMISSION)
    grade = client.grade()
    assert (refused.status_code, grade["verdict"], grade["total"]) == (503, "void", None)
    return named in refused.json()["detail"] and "taken away" in grade["feedback"]


def test_a_shop_that_is_sick_after_the_agents_own_restart_is_scored(client: Client) -> None:
    client.reset(SICK)
    client.step(RESTART)
    assert client.step(SUBMISSION)["done"]
    assert (client.grade()["verdict"], client.grade()["total"]) == ("scored", 0.0)


def test_a_sick_shop_of_which_an_outsider_took_a_part_is_void(client: Client) -> None:
    client.reset(SICK)
    client.step(RESTART)
    take_away(SHOP, RESTARTED)
    assert is_void(client, RESTARTED)


def test_a_sick_shop_of_which_a_node_died_is_void_and_the_next_one_plays(client: Client) -> None:
    client.reset(SICK)
    node = workers()[0]
    bounce(node)
    assert is_void(client, node)
    client.reset(SICK)
    assert client.step(SUBMISSION)["done"]
    assert (client.grade()["verdict"], client.grade()["total"]) == ("scored", 0.0)
