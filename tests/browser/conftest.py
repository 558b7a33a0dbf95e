"""A real browser, and servers for it. Every page must get along without any other host and without an error."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.visitor import Watched

HERE = Path(__file__).parent
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
LOADED_IN = 90.0
LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    if found is None:
        pytest.fail("No Chromium is on this machine; on Debian install it: apt-get install chromium.", pytrace=False)
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # The tests may run as root, where Chromium's own sandbox does not work.
    found = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    yield found
    found.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens the page as a new visitor; at the test's end each must have been content with this one host."""
    with ExitStack() as left:
        watched: list[Watched] = []

        def opened(url: str, screen: dict[str, Any] = LAPTOP, path: str = "/", **more: Any) -> Page:
            context = browser.new_context(**screen, **more)
            left.callback(context.close)
            page = context.new_page()
            watched.append(Watched(page, url))
            page.goto(f"{url}{path}")
            return page

        yield opened
        for one in watched:
            one.must_be_clean()


@contextmanager
def _served(name: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.browser.serve", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1]) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            _must_load(url)
            yield url
        finally:
            process.terminate()


def _must_load(url: str) -> None:
    until = time.monotonic() + LOADED_IN
    while "gradio_config" not in httpx.get(f"{url}/", timeout=30).raise_for_status().text:
        assert time.monotonic() < until, f"The page was not loaded within {LOADED_IN:g} s."
        time.sleep(0.3)


def _server(name: str) -> AbstractContextManager[str]:
    return _served(name)


@pytest.fixture(scope="session")
def recorded() -> Iterator[str]:
    """The recorded world, as it is shipped."""
    with _server("recorded") as url:
        yield url


@pytest.fixture(scope="session")
def invented() -> Iterator[str]:
    """A world whose log lines try to hurt the page."""
    with _server("invented") as url:
        yield url


@pytest.fixture(scope="session")
def one_cluster() -> Iterator[str]:
    """A world that there is only one of, as the live one, and that takes its time."""
    with _server("one-cluster") as url:
        yield url
