"""How the page is reached: loaded behind the welcome page, through its own paths only, and from nowhere else."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from lab import scenarios
from lab.server import page
from lab.server.app import create_app
from lab.server.sessions import Sessions
from lab.server.settings import ServerSettings
from lab.trust.leaks import key_leaks
from tests.unit.page_kit import PageWorld
from tests.unit.server_kit import TinySource, client_over, is_sentence, load_page, quiet

# Loading it takes seconds, and as many minutes where the disc is slow and everything else runs too.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """With the page loaded."""
    app = create_app(TinySource(PageWorld), ServerSettings(openenv_ready=False), quiet())
    with TestClient(app, raise_server_exceptions=False) as client:
        load_page(client)
        yield client


def test_the_source_of_the_built_page_says_nothing_of_the_answers(client: TestClient) -> None:
    source = client.get("/").text
    assert all(scenario.brief.title in source for scenario in scenarios.load_all().values())
    assert not list(key_leaks(source, "/"))


def test_the_server_is_there_without_gradio() -> None:
    check = "import sys, lab.server.app; sys.exit(bool({'gradio', 'pandas', 'numpy'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_until_it_is_loaded_the_welcome_page_answers_and_asks_again() -> None:
    app = create_app(TinySource(PageWorld), ServerSettings(openenv_ready=False, page_ready=True), quiet())
    with TestClient(app) as client:
        first = client.get("/")
        assert first.status_code == 200
        assert 'http-equiv="refresh"' in first.text or "gradio_config" in first.text
        assert client.post("/reset").status_code == 200


def test_a_page_that_could_not_be_built_is_an_error_and_not_loaded_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_sessions: Sessions) -> FastAPI:
        raise ImportError("no such part")

    monkeypatch.setattr(page, "_built", broken)
    app = create_app(TinySource(), ServerSettings(openenv_ready=False), quiet())
    with TestClient(app, raise_server_exceptions=False) as client:
        with pytest.raises(ImportError, match="no such part"):
            load_page(client)
        answer = client.get("/")
        assert answer.status_code == 503
        assert is_sentence(answer)
        assert client.post("/reset").status_code == 200


def test_without_gradio_the_welcome_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _name: None)
    with client_over(TinySource()) as client:
        said = client.get("/").text
    assert "POST /reset" in said
    assert "refresh" not in said


@pytest.mark.parametrize(
    "path",
    [
        "/config",
        "/info",
        "/login",
        "/gradio_api/info",
        "/gradio_api/config",
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://elsewhere.invalid/",
        "/gradio_api/run/predict",
        "/gradio_api/call/predict",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-code",
        "/monitoring",
        "/nothing",
    ],
)
def test_what_the_page_does_not_need_is_not_there(client: TestClient, path: str) -> None:
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 404
        assert "There is nothing at" in answer.json()["detail"]


def test_only_looking_at_the_page_is_accepted(client: TestClient) -> None:
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("path", ["/health", "/tasks", "/docs", "/openapi.json"])
def test_the_api_is_where_it_was(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_the_page_may_load_from_here_only(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_the_page_names_no_address_that_a_browser_would_load(client: TestClient) -> None:
    html = client.get("/").text
    loaded = re.findall(r"<(?:script|link|img|iframe|source|video|audio)[^>]*(?:src|href)=[\"'](https?:)?//", html)
    assert loaded == []
    assert "fonts.googleapis" not in html


def test_the_pages_source_says_nothing_of_the_answers(client: TestClient) -> None:
    html = client.get("/").text
    for scenario in scenarios.load_all().values():
        told = [
            scenario.fault.injector,
            scenario.fault.change_cause,
            *(one.name for one in scenario.answer.failure_mode),
        ]
        assert not [word for word in told if word and word in html]


def test_it_has_a_title_an_icon_and_a_language(client: TestClient) -> None:
    html = client.get("/").text
    assert "Cloud Incident Lab" in html
    assert 'lang="en"' in html
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
