"""What the page must hold to, in a real browser: for every reader, against hostile evidence, on a shared cluster."""

import re
from itertools import pairwise

import httpx
import pytest
from playwright.sync_api import Page, expect

from lab.actions import QUERY_KINDS, Query
from tests.browser.conftest import PHONE, Open
from tests.browser.visitor import Mouse, standing

CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => { const [r, g, b] = rgb.slice(0, 3).map((v) => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (at) => { for (; at; at = at.parentElement) {
    const found = parse(getComputedStyle(at).backgroundColor);
    if (found.length < 4 || found[3] > 0.99) return found; } return [255, 255, 255]; };
  const poor = [];
  for (const at of document.querySelectorAll("main *")) {
    const own = [...at.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !at.getClientRects().length || at.closest("svg") || at.closest("[hidden]")) continue;
    const [a, b] = [light(parse(getComputedStyle(at).color)), light(behind(at))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${at.tagName} ${at.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


def look_at_all(page: Page, service: str = "api-gateway") -> None:
    player = Mouse(page)
    for kind in QUERY_KINDS:
        player.look(Query(kind, service))


def test_hostile_evidence_does_nothing(visit: Open, invented: str) -> None:
    page = visit(invented)
    player = Mouse(page)
    player.begin("RCA-001")
    player.look(Query("query_logs", "postgres-db"))
    expect(page.locator("#answer")).to_contain_text("<script>window.hurt = 1</script>")
    expect(page.locator("#answer")).to_contain_text("${window.hurt = 4} {{value}} {{#each x}}")
    player.press("tab", "Evidence")
    page.locator("#evidence summary").first.click()
    assert page.evaluate("window.hurt") is None
    assert page.locator("#room script, #room img, #room a, #room iframe").count() == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_can_be_read(visit: Open, invented: str, colours: str) -> None:
    page = visit(invented, color_scheme=colours)
    expect(page.get_by_role("heading", name="Choose an incident")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    Mouse(page).begin("RP-001")
    look_at_all(page)
    for tab in ("Evidence", "Map", "Timeline", "Runbook", "Answer"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate(CONTRAST) == []


def test_a_screen_reader_is_told_every_control_and_every_answer(visit: Open, invented: str) -> None:
    page = visit(invented)
    Mouse(page).begin("RP-001")
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "textbox", "radio", "combobox", "spinbutton", "tab", "link", "tabpanel", "form", "img"}
    found = [node for node in nodes if node.get("role", {}).get("value") in controls and not node.get("ignored")]
    assert len(found) > 30
    assert [node for node in found if not node.get("name", {}).get("value")] == []
    assert page.get_by_role("heading", level=1).count() == 1
    page.evaluate("window.told = document.querySelector('#status [role=status]')")
    look_at_all(page)
    # The same element stays, or a screen reader would not notice that it changed.
    assert page.evaluate("window.told.isConnected && window.told.textContent.includes('Step 5 of 15')")
    assert page.evaluate("window.told.getAttribute('aria-live')") == "polite"


def test_headings_step_down_one_at_a_time(visit: Open, invented: str) -> None:
    page = visit(invented)
    Mouse(page).begin("RCA-001")
    look_at_all(page)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((at) => Number(at.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tabs_go_by_arrow_keys(visit: Open, invented: str) -> None:
    page = visit(invented)
    Mouse(page).begin("RCA-001")
    page.get_by_role("tab", name="Answer").focus()
    for name in ("Evidence", "Map"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Score")).to_be_focused()


def test_a_look_without_a_service_costs_nothing_and_says_what_is_missing(visit: Open, invented: str) -> None:
    page = visit(invented)
    Mouse(page).begin("RCA-001")
    page.get_by_role("button", name="Query logs", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Choose a service first.")
    assert page.evaluate("document.activeElement.type") == "radio"
    assert standing(page) == "Step 0 of 10"


def test_remedies_with_more_than_a_service(visit: Open, invented: str) -> None:
    page = visit(invented)
    player = Mouse(page)
    player.begin("RP-001")
    page.get_by_label("Flag", exact=True).select_option("full_history_export")
    player._step(lambda: player.press("button", "Disable feature flag"))
    expect(page.locator("#answer")).to_contain_text("disable_feature_flag of full_history_export done")
    page.get_by_role("radio", name="postgres-db").check()
    page.get_by_label("Replicas (0 to 20)").fill("0")
    page.keyboard.press("Enter")
    expect(page.locator("#status .meter")).to_have_text("Step 2 of 15")
    expect(page.locator("#answer h3").first).to_have_text("Step 2: Scale service: postgres-db 0")
    page.get_by_role("tab", name="Runbook").click()
    expect(page.get_by_role("row", name="full_history_export off")).to_be_visible()


def test_a_reload_goes_on_and_leaving_begins_anew(visit: Open, invented: str) -> None:
    page = visit(invented)
    Mouse(page).begin("RCA-001")
    Mouse(page).look(Query("query_logs", "postgres-db"))
    assert re.search(r"\?episode=[0-9a-f-]{36}$", page.url)
    page.reload()
    expect(page.locator("#status .meter")).to_have_text("Step 1 of 10")
    expect(page.locator("#answer")).to_contain_text("analytics export query")
    page.get_by_role("button", name="Choose another incident").first.click()
    expect(page.get_by_role("heading", name="Choose an incident")).to_be_visible()
    assert "episode" not in page.url
    Mouse(page).begin("AC-001")
    expect(page.locator("#status .meter")).to_have_text("Step 0 of 3")


def test_two_visitors_and_the_api_do_not_meet(visit: Open, invented: str) -> None:
    one, other = visit(invented), visit(invented)
    Mouse(one).begin("RCA-001")
    reset = httpx.post(f"{invented}/reset", params={"scenario_id": "AC-003"}).json()
    Mouse(other).begin("RCA-002")
    Mouse(one).look(Query("query_logs", "postgres-db"))
    assert (standing(one), standing(other)) == ("Step 1 of 10", "Step 0 of 10")
    assert httpx.get(f"{invented}/state").json()["episode_id"] == reset["episode_id"]


def test_on_a_phone_fingers_find_what_they_press(visit: Open, invented: str) -> None:
    page = visit(invented, PHONE)
    Mouse(page, tap=True).begin("RP-001")
    boxes = [
        at.bounding_box() for at in page.locator("#desk button, #desk select, #desk .chips span, #go button").all()
    ]
    assert min(box["height"] for box in boxes if box) >= 32
    page.get_by_role("button", name="Answer", exact=True).tap()
    expect(page.get_by_role("tablist")).to_be_in_viewport()


def test_the_one_cluster_shows_how_far_it_is_and_who_took_it(visit: Open, one_cluster: str) -> None:
    first, second = visit(one_cluster), visit(one_cluster)
    expect(first.locator("#lobby")).to_contain_text("one episode at a time")
    first.locator("button[data-scenario-id=RCA-001]").click()
    expect(first.locator("#status")).to_contain_text("the fault is in")
    second.locator("button[data-scenario-id=AC-001]").click()
    expect(second.locator("#status")).to_contain_text("being made ready for an episode")
    expect(first.locator("#status .meter")).to_have_text("Step 0 of 10", timeout=15_000)
    second.locator("button[data-scenario-id=AC-001]").click()
    expect(second.locator("#status .meter")).to_have_text("Step 0 of 3", timeout=15_000)
    expect(first.locator("#status")).to_contain_text("a visitor of the web page began another episode", timeout=15_000)
    assert httpx.post(f"{one_cluster}/reset", timeout=30).status_code == 200
    expect(second.locator("#status")).to_contain_text("a client of the API began another episode", timeout=15_000)
