"""MCP over plain HTTP can take a session without a socket: those are counted, and given back when nobody uses them."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from lab.cluster.wait import NotYet, wait_until
from lab.server.app import create_app
from lab.server.settings import ServerSettings
from tests.unit.server_kit import TinySource, quiet

AT_MOST = 2


@pytest.fixture(name="client")
def _client() -> Iterator[TestClient]:
    settings = ServerSettings(openenv_ready=False, page_ready=False, openenv_sessions=AT_MOST, idle_seconds=1)
    with TestClient(create_app(TinySource(), settings, quiet())) as client:
        yield client


def asked(client: TestClient, method: str, **params: object) -> dict[str, object]:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    found: dict[str, object] = client.post("/openenv/mcp", json=call).json()
    return found


def test_no_more_than_are_allowed_and_the_silent_ones_are_given_back(client: TestClient) -> None:
    assert all("result" in asked(client, "openenv/session/create") for _ in range(AT_MOST))
    assert "at capacity" in str(asked(client, "openenv/session/create")["error"])

    def free_again() -> None:
        if "error" in asked(client, "openenv/session/create"):
            raise NotYet("they are still taken")

    wait_until(free_again, 30, what="a session to be given back")


def test_a_wrong_call_writes_nothing_into_the_servers_log(
    client: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    refused = asked(client, "tools/call", name="query_logs", arguments={"service": "\x9b2Jx"})
    assert "No episode has begun" in str(refused["error"])
    assert capfd.readouterr().err == ""
