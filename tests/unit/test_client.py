"""The typed client against a running server, synchronous and asynchronous: the same answers, the same sentences."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from lab.actions import Query, Remedy, Submission, parse_action
from lab.client import (
    Alert,
    Answer,
    AsyncClient,
    Busy,
    Client,
    Garbled,
    Grade,
    Health,
    Observation,
    Part,
    Reward,
    State,
    Task,
    Tasks,
    Unreachable,
)
from lab.client.exchange import written
from lab.errors import LabFault, Refused, Unforkable, Unknown
from lab.play.serving import Served
from lab.scenarios import load_all
from lab.server import shapes
from lab.trust.score import scored
from tests.unit.recorded_kit import recorded_tiny
from tests.unit.served_kit import served_over
from tests.unit.server_kit import TinySource
from tests.unit.tiny_world import TinyWorld, perfect_play


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with served_over(TinySource()) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with Client(served.url) as client:
        yield client


@pytest.fixture
def client_of_recorded() -> Iterator[Client]:
    source = TinySource(recorded_tiny)
    source.name = "recorded"
    with served_over(source) as served, Client(served.url) as client:
        yield client


@pytest.mark.parametrize("scenario", load_all().values(), ids=lambda scenario: scenario.id)
def test_an_episode_from_page_to_score(client: Client, scenario: Any) -> None:
    episode = client.reset(scenario_id=scenario.id)
    assert (episode.observation["scenario_id"], episode.observation["step_count"]) == (scenario.id, 0)
    for move in perfect_play(scenario):
        answer = episode.step(move)
    assert episode.done
    assert episode.grade()["total"] == answer["reward"]["score"] == 1.0
    assert len(episode.state()["action_history"]) == len(perfect_play(scenario))


def test_the_asynchronous_client_gets_the_same(served: Served) -> None:
    async def played() -> tuple[Answer, Grade, State]:
        async with AsyncClient(served.url) as client:
            assert (await client.health())["status"] == "ok"
            assert (await client.tasks())["total"] == 3
            episode = await client.reset("alert_classification", 0, seed=1, episode_id="async")
            await episode.step("query_logs", service="auth-service")
            answer = await episode.step(Submission("submit_severity", "auth-service", "P1"))
            assert scored(await episode.bundle()).total == 1.0
            with pytest.raises(Unforkable, match="There is one cluster"):
                await episode.fork()
            again = await client.episode(episode.id)
            assert again.done
            assert episode.done
            return answer, await again.grade(), await again.state()

    answer, grade, state = asyncio.run(played())
    with Client(served.url) as client:
        episode = client.reset("alert_classification", 0, seed=1, episode_id="async")
        episode.step("query_logs", service="auth-service")
        assert episode.step("submit_severity", severity="P1", service="auth-service") == answer
        assert (episode.grade(), episode.state()) == (grade, state)


def test_episodes_side_by_side_do_not_meet(served: Served) -> None:
    async def one(client: AsyncClient, index: int) -> str:
        episode = await client.reset("root_cause_analysis", index % 3)
        for service in episode.observation["known_services"][: index % 4]:
            await episode.step("check_metrics", service=service)
        state = await episode.state()
        assert (state["step_count"], state["episode_id"]) == (index % 4, episode.id)
        return episode.id

    async def all_of_them() -> list[str]:
        async with AsyncClient(served.url) as client:
            return await asyncio.gather(*(one(client, index) for index in range(40)))

    assert len(set(asyncio.run(all_of_them()))) == 40


def test_what_is_refused_is_said_in_the_servers_words(client: Client) -> None:
    with pytest.raises(Refused, match="accepted: alert_classification, root_cause_analysis"):
        client.reset("nonsense")
    with pytest.raises(Refused, match="A reset has no parameter 'bogus'"):
        client.reset(bogus=1)
    with pytest.raises(Unknown, match="There is no episode 'gone'"):
        client.episode("gone")
    episode = client.reset()
    with pytest.raises(Refused, match="action_type must be a text"):
        episode.step({"parameters": {}})
    assert client.episode(episode.id).observation["step_count"] == 0


def test_a_fault_of_the_lab_is_no_refusal() -> None:
    look = Query("query_logs", "auth-service")
    source = TinySource(lambda: TinyWorld(breaks_on=[look]))
    with served_over(source) as served, Client(served.url) as client:
        episode = client.reset()
        with pytest.raises(LabFault, match="The episode is void"):
            episode.step(look)
        assert (episode.grade()["verdict"], episode.grade()["total"]) == ("void", None)


def test_nobody_there() -> None:
    with served_over(TinySource()) as served:
        gone = served.url
    with Client(gone) as client, pytest.raises(Unreachable, match=r"does not answer \(ConnectError\); `lab serve`"):
        client.health()

    async def asked() -> None:
        async with AsyncClient(gone) as client:
            await client.health()

    with pytest.raises(Unreachable):
        asyncio.run(asked())


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (409, '{"detail": "The cluster is taken."}', Busy, "^The cluster is taken.$"),
        (502, "<html>", Garbled, "502 without a JSON object"),
        (200, "[]", Garbled, "is it a lab"),
        (500, "{}", LabFault, "answered 500"),
    ],
)
def test_strange_answers(status: int, body: str, kind: type[Exception], says: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=body))
    with Client("http://lab", transport=transport) as client, pytest.raises(kind, match=says):
        client.reset()


def test_a_fork_goes_its_own_way(client_of_recorded: Client) -> None:
    first = client_of_recorded.reset(scenario_id="RCA-001")
    first.step("query_logs", service="postgres-db")
    second = first.fork("second")
    assert (second.id, second.observation["step_count"]) == ("second", 1)
    second.step("check_metrics", service="api-gateway")
    assert (first.state()["step_count"], second.state()["step_count"]) == (1, 2)
    assert first.fork().id not in (first.id, second.id)


def test_of_a_world_that_is_one_there_is_no_fork(client: Client) -> None:
    with pytest.raises(Unforkable, match="There is one cluster"):
        client.reset().fork()


def test_an_ended_episode_has_a_bundle_that_scores_the_same(client_of_recorded: Client) -> None:
    episode = client_of_recorded.reset(scenario_id="AC-001")
    with pytest.raises(Refused, match="still running"):
        episode.bundle()
    episode.step("submit_severity", severity="P1", service="auth-service")
    assert scored(episode.bundle()).total == episode.grade()["total"] == 1.0


def test_headers_go_with_every_request() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"status": "ok", "version": "0"})

    with Client("http://lab", headers={"Authorization": "Bearer x"}, transport=httpx.MockTransport(answer)) as client:
        client.health()
    assert seen == ["Bearer x"]


def test_every_way_to_write_an_action_is_the_same() -> None:
    wanted = {"action_type": "scale_service", "parameters": {"service": "cdn-edge", "replicas": 2}}
    model = parse_action(wanted)
    ways = (
        written("scale_service", {"service": "cdn-edge", "replicas": 2}),
        written(Remedy("scale_service", "cdn-edge", 2), {}),
        written(model, {}),
        written(wanted, {}),
    )
    assert all(way == wanted for way in ways)
    with pytest.raises(TypeError, match="has its own"):
        written(wanted, {"service": "cdn-edge"})


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        (Observation, shapes.ObservationShape),
        (State, shapes.StateShape),
        (Answer, shapes.StepShape),
        (Grade, shapes.GradeShape),
        (Tasks, shapes.TasksShape),
        (Health, shapes.HealthShape),
        (Alert, shapes.AlertShape),
        (Reward, shapes.RewardShape),
        (Part, shapes.PartShape),
        (Task, shapes.TaskShape),
    ],
)
def test_the_forms_have_the_fields_of_the_documented_shapes(form: Any, shape: type[BaseModel]) -> None:
    """That answers have these shapes, the golden tests hold."""
    assert form.__annotations__.keys() == shape.model_fields.keys()
