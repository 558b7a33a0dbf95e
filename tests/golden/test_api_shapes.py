"""The shapes that clients are written against: names and types of every answer, and the documented routes."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lab.actions import Move, Query, Remedy, Submission, name_of, parameters_of
from lab.server import shapes
from tests.unit.server_kit import TinySource, client_over

PLAY: list[Move] = [
    Query("query_logs", "api-gateway"),
    Remedy("disable_feature_flag", "full_history_export"),
    Submission("submit_resolution", "", "One. Two. Three."),
]


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_over(TinySource()) as client:
        yield client


def outline(value: Any) -> Any:
    """Names and types without the values."""
    if isinstance(value, dict):
        return {name: outline(part) for name, part in value.items()}
    if isinstance(value, list):
        return [outline(value[0])] if value else []
    return type(value).__name__


def played(client: TestClient) -> list[dict[str, Any]]:
    client.post("/reset?scenario_id=RP-001")
    moves = [{"action_type": name_of(move), "parameters": parameters_of(move)} for move in PLAY]
    return [client.post("/step", json=move).json() for move in moves]


def test_observation(client: TestClient, golden: SnapshotAssertion) -> None:
    seen = client.post("/reset?scenario_id=RP-001").json()
    shapes.ObservationShape.model_validate(seen, strict=True)
    assert outline(seen) == golden


def test_steps(client: TestClient, golden: SnapshotAssertion) -> None:
    answers = played(client)
    for answer in answers:
        shapes.StepShape.model_validate(answer, strict=True)
    assert [outline({**answer, "observation": answer["observation"]["queried_data"]}) for answer in answers] == golden


@pytest.mark.parametrize(
    ("route", "shape"),
    [
        ("state", shapes.StateShape),
        ("grader", shapes.GradeShape),
        ("tasks", shapes.TasksShape),
        ("health", shapes.HealthShape),
    ],
    ids=["state", "grader", "tasks", "health"],
)
def test_answers(client: TestClient, golden: SnapshotAssertion, route: str, shape: type[BaseModel]) -> None:
    played(client)
    answer = client.get(f"/{route}").json()
    shape.model_validate(answer, strict=True)
    answer.pop("action_schema", None)
    assert outline(answer) == golden


def test_a_problem(client: TestClient, golden: SnapshotAssertion) -> None:
    assert client.get("/state").json() == golden


def test_documented_routes(client: TestClient, golden: SnapshotAssertion) -> None:
    document = client.get("/openapi.json").json()
    told = {
        f"{method.upper()} {path}": {
            "parameters": sorted(parameter["name"] for parameter in operation.get("parameters", [])),
            "answers": sorted(operation["responses"]),
            "says": bool(operation["description"] and operation["summary"]),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert told == golden
