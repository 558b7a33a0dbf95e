"""RCA-001 to its score in a real browser: by mouse, by keyboard alone, on a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lab.actions import Query, Submission
from lab.scenarios import get
from tests.browser.conftest import LAPTOP, PHONE, Open
from tests.browser.visitor import Keyboard, Mouse, score
from tests.unit.tiny_world import perfect_play

SCENARIO = "RCA-001"
# Where pictures are kept; set it to look at them, or to renew those of the README.
PICTURES = os.environ.get("LAB_PICTURES")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(PICTURES) if PICTURES else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def play(player: Mouse | Keyboard) -> None:
    for move in perfect_play(get(SCENARIO)):
        if isinstance(move, Query):
            player.look(move)
        elif isinstance(move, Submission):
            player.submit(move)


def test_by_mouse(visit: Open, recorded: str, pictures: Path) -> None:
    page = visit(recorded)
    expect(page.get_by_role("heading", name="Choose an incident")).to_be_visible()
    page.screenshot(path=pictures / "lobby.png")
    player = Mouse(page)
    player.begin(SCENARIO)
    play(player)
    assert score(page) == 1.0
    expect(page.get_by_role("heading", name="What really happened")).to_be_visible()
    page.screenshot(path=pictures / "score.png")


def test_by_keyboard_alone(visit: Open, recorded: str) -> None:
    page = visit(recorded)
    expect(page.get_by_role("heading", name="Choose an incident")).to_be_visible()
    player = Keyboard(page)
    player.begin(SCENARIO)
    assert page.evaluate("document.activeElement.id") == "alert-title"
    play(player)
    assert score(page) == 1.0


def test_on_a_phone(visit: Open, recorded: str, pictures: Path) -> None:
    page = visit(recorded, PHONE)
    player = Mouse(page, tap=True)
    player.begin(SCENARIO)
    _must_fit(page)
    player.look(Query("check_metrics", "redis-session"))
    expect(page.get_by_role("heading", name="Step 1: Check metrics: redis-session")).to_be_in_viewport()
    page.get_by_role("button", name="Act", exact=True).tap()
    expect(page.get_by_role("heading", name="Act")).to_be_in_viewport()
    play(player)
    assert score(page) > 0.9
    expect(page.locator("#score .total")).to_be_in_viewport()
    _must_fit(page)
    page.wait_for_timeout(600)
    page.screenshot(path=pictures / "phone.png")


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_view_of_every_look(visit: Open, recorded: str, pictures: Path, screen: dict, colours: str) -> None:
    page = visit(recorded, screen, color_scheme=colours)
    player = Mouse(page)
    player.begin("RP-001" if colours == "dark" else SCENARIO)
    name = f"{colours}-{screen['viewport']['width']}"
    for kind in ("query_logs", "check_metrics", "check_dependencies", "check_recent_deploys", "check_service_status"):
        player.look(Query(kind, "postgres-db"))  # type: ignore[arg-type]
        _must_fit(page)
        page.screenshot(path=pictures / f"{name}-{kind}.png")
    for tab in ("Evidence", "Map", "Timeline", "Runbook", "Score", "Answer"):
        player.press("tab", tab)
        expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
        _must_fit(page)
        page.screenshot(path=pictures / f"{name}-{tab}.png")


def _must_fit(page: Page) -> None:
    """Nothing hangs over the side: what is wide scrolls inside its own frame."""
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= screen
