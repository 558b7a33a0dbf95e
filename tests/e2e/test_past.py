"""After healing, no look tells anything of the episode before: no release, no log, no figure, no age."""

import re
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from lab.actions import QUERY_KINDS, Query, Remedy
from lab.live.baseline.cluster import PROMETHEUS, LabCluster
from lab.live.world import LiveWorld
from lab.scenarios import Fault, Scenario, get

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

# Each pair shares services, so that what the first left on them would be seen in the second.
PAIRS = [("RCA-003", "RCA-001"), ("RCA-001", "RCA-002"), ("RCA-002", "RCA-003")]
# What an agent did in the first: it is to be as unseen as the fault.
DONE = ("order-service", "postgres-db")
# The release that runs and the one before: a restart would be one more.
FEWEST = 2
MANY = 1_000
AGE = re.compile(r", (\d+) (s|min|h) old")


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_nothing_of_the_episode_before_is_seen(first: str, second: str) -> None:
    world = LiveWorld()
    try:
        world.begin(get(first), 0)
        for service in DONE:
            world.do(Remedy("restart_service", service))
        world.end()
        world.begin(get(second), 0)
        for text in seen(world, get(first), get(second)):
            assert not [trace for trace in traces(get(first)) - traces(get(second)) if trace in text], text
        assert all(releases(world, service) <= FEWEST for service in DONE if is_left_alone(get(second), service))
    finally:
        world.end()


@pytest.mark.parametrize(("first", "second"), PAIRS[:1])
def test_only_what_this_incident_replaced_has_an_age(first: str, second: str) -> None:
    world = LiveWorld()
    try:
        world.begin(get(first), 0)
        world.end()
        world.begin(get(second), 0)
        replaced = {release.service for release in get(second).fault.innocent_releases}
        aged = {service for service in get(second).brief.known_services if AGE.search(status(world, service))}
        assert aged <= replaced | {get(second).fault.service, "postgres-db"}
    finally:
        world.end()


def test_no_series_of_the_episode_before_is_left() -> None:
    world = LiveWorld()
    try:
        world.begin(get("RCA-001"), 0)
        with LabCluster.own() as cluster:
            during = time.time()
            assert series_at(cluster, during) > MANY
            world.end()
            assert series_at(cluster, during) == 0
            assert series_at(cluster, time.time()) > MANY
    finally:
        world.end()


def series_at(cluster: LabCluster, moment: float) -> int:
    everything = quote('count({__name__=~".+"})')
    found = cluster.get(f"{PROMETHEUS}/query?query={everything}&time={moment:.3f}")["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


def seen(world: LiveWorld, *scenarios: Scenario) -> Iterator[str]:
    """Of the services of both: the first one's culprit is not among the second's."""
    for service in {name: None for scenario in scenarios for name in scenario.brief.known_services}:
        yield from (world.look(Query(kind, service)).text for kind in QUERY_KINDS)


def releases(world: LiveWorld, service: str) -> int:
    return world.look(Query("check_recent_deploys", service)).text.count("\n- revision ")


def is_left_alone(scenario: Scenario, service: str) -> bool:
    released = {release.service for release in scenario.fault.innocent_releases}
    return service in set(scenario.brief.known_services) - released - {scenario.fault.service}


def status(world: LiveWorld, service: str) -> str:
    return world.look(Query("check_service_status", service)).text


def traces(scenario: Scenario) -> set[str]:
    return set(told(scenario.fault)) | {release.change_cause for release in scenario.fault.innocent_releases}


def told(fault: Fault) -> Iterator[str]:
    if fault.release:
        yield fault.release.change_cause
        yield from fault.env
    if fault.flag:
        yield "analytics export query"
