"""What a client writes comes back, and into the server's log, as text that does nothing."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from lab.server.logs import Log
from tests.attacks.test_injection import EVIL, acts
from tests.unit.server_kit import LOOK, TinySource, client_over

# Half a pair of surrogates is no UTF-8; no client gets it onto the wire.
SENT = [text for text in EVIL if "\ud800" not in text]


@contextmanager
def listened() -> Iterator[tuple[TestClient, io.StringIO]]:
    told = io.StringIO()
    with client_over(TinySource(), Log(told)) as client:
        client.post("/reset", json={"scenario_id": "RCA-001"})
        yield client, told


@pytest.mark.parametrize("text", SENT)
def test_the_log_of_what_a_client_did(text: str) -> None:
    with listened() as (client, told):
        client.post("/step", json={"action_type": text, "parameters": {text: text}})
        client.post("/step", json={"action_type": "query_logs", "parameters": {"service": text}})
        client.post("/reset", json={"scenario_id": "RCA-001", "episode_id": text[:100]})
        client.post("/step", json=LOOK)
    lines = told.getvalue().splitlines()
    assert told.getvalue().isascii()
    assert not acts(told.getvalue())
    assert [json.loads(line)["event"] for line in lines].count("step") >= 2


@pytest.mark.parametrize("text", SENT)
def test_the_sentence_on_a_page_that_is_not_there(text: str) -> None:
    with listened() as (client, _):
        answer = client.get(f"/nowhere/{quote(text)}")
    assert (answer.status_code, acts(answer.json()["detail"])) == (404, set())


@pytest.mark.parametrize("text", EVIL)
def test_an_episode_bears_no_name_that_acts(text: str) -> None:
    name = text[:100].encode("utf-8", "replace").decode()
    with listened() as (client, _):
        answers = [
            client.post("/reset", json={"episode_id": name}),
            client.post("/fork", json={"fork_id": name}),
            client.get("/state", params={"episode_id": name}),
        ]
    assert not [answer.text for answer in answers if acts(json.dumps(answer.json(), ensure_ascii=False))]
    if acts(name):
        assert {answer.status_code for answer in answers} == {422}
