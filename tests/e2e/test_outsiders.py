"""Somebody outside takes a part of the shop away while an agent plays: void, where the agent's own doing is scored."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from lab.live.baseline.cluster import SHOP, LabCluster
from lab.scenarios import get
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


def take_away(app: str) -> None:
    with LabCluster.own() as cluster:
        pods = cluster.get(f"/api/v1/namespaces/{SHOP}/pods?labelSelector=app%3D{app}")["items"]
        cluster.delete(f"/api/v1/namespaces/{SHOP}/pods/{pods[0]['metadata']['name']}", {"gracePeriodSeconds": 0})


def test_a_shop_that_is_sick_after_the_agents_own_restart_is_scored(client: Client) -> None:
    client.reset(SICK)
    client.step(RESTART)
    assert client.step(SUBMISSION)["done"]
    assert (client.grade()["verdict"], client.grade()["total"]) == ("scored", 0.0)


def test_a_sick_shop_of_which_an_outsider_took_a_part_is_void(client: Client) -> None:
    client.reset(SICK)
    client.step(RESTART)
    take_away(RESTARTED)
    refused = client.ask("POST", "/step", json=SUBMISSION)
    assert (refused.status_code, RESTARTED in refused.json()["detail"]) == (503, True)
    grade = client.grade()
    assert (grade["verdict"], grade["total"]) == ("void", None)
    assert "taken away" in grade["feedback"]
