import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from microservices.common.kube import STRATEGIC, Kube, KubeRefused, KubeUnreachable


def kube(tmp_path: Path, handler: Any) -> Kube:
    (tmp_path / "token").write_text("first\n")
    return Kube(httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://kube"), tmp_path)


def test_the_token_is_read_anew_for_each_call(tmp_path: Path) -> None:
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={})

    async def story() -> None:
        client = kube(tmp_path, serve)
        await client.get("/api/v1/nodes/a")
        (tmp_path / "token").write_text("second")
        await client.get("/api/v1/nodes/a")
        await client.close()

    asyncio.run(story())
    assert seen == ["Bearer first", "Bearer second"]


def test_a_patch_says_its_kind_and_an_apply_who_applies(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str, Any]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        url, kind = str(request.url.raw_path.decode()), request.headers["content-type"]
        seen.append((request.method, url, kind, json.loads(request.content)))
        return httpx.Response(200, json={"kind": "Secret"})

    async def story() -> None:
        client = kube(tmp_path, serve)
        await client.patch("/x", {"a": 1}, STRATEGIC)
        assert await client.apply("/y", {"b": 2}, "me") == {"kind": "Secret"}

    asyncio.run(story())
    assert seen == [
        ("PATCH", "/x", "application/strategic-merge-patch+json", {"a": 1}),
        ("PATCH", "/y?fieldManager=me&force=true", "application/apply-patch+yaml", {"b": 2}),
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(403, json={"message": "nodes is forbidden"}), "403: nodes is forbidden"),
        (httpx.Response(502, text="bad"), "502: Bad Gateway"),
        (httpx.Response(500, json=[]), "500: Internal Server Error"),
    ],
)
def test_a_refusal_carries_code_and_words(tmp_path: Path, answer: httpx.Response, words: str) -> None:
    with pytest.raises(KubeRefused) as caught:
        asyncio.run(kube(tmp_path, lambda _request: answer).get("/x"))
    assert (str(caught.value), caught.value.code) == (words, answer.status_code)


def test_no_answer_is_its_own_kind_of_failure(tmp_path: Path) -> None:
    def serve(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with pytest.raises(KubeUnreachable, match="did not answer"):
        asyncio.run(kube(tmp_path, serve).get("/x"))
