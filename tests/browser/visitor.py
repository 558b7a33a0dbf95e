"""How a visitor uses the page: with a mouse, with the keyboard alone, or with a finger."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, expect

from lab.actions import Query, Submission
from lab.server.page.steps import words

FOCUSED = """() => { const at = document.activeElement; return {
  role: at.getAttribute("role") ?? at.type ?? at.tagName.toLowerCase(), name: at.name ?? "", value: at.value ?? "",
  text: (at.innerText ?? "").trim(), seen: at.getClientRects().length > 0,
  ring: getComputedStyle(at).outlineStyle !== "none" || (at.nextElementSibling &&
    getComputedStyle(at.nextElementSibling).outlineStyle !== "none") } }"""
# More stops than the page has: who comes so far is caught in it.
STOPS = 150


class Watched:
    """A page whose requests and complaints are kept; what it asks of other hosts fails."""

    def __init__(self, page: Page, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.outside: list[str] = []
        self.complaints: list[str] = []
        page.route(self._is_outside, lambda route: route.abort())
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)

    def must_be_clean(self) -> None:
        assert self.outside == []
        assert self.complaints == []

    def _is_outside(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme not in ("data", "blob", "about") and parts.netloc != self._host

    def _asked(self, request: Request) -> None:
        if self._is_outside(request.url):
            self.outside.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


class Mouse:
    """Plays by clicking; with `tap` by touching."""

    def __init__(self, page: Page, tap: bool = False) -> None:
        self.page, self._tap = page, tap

    def press(self, role: str, name: str) -> None:
        target = self.page.get_by_role(role, name=name, exact=role != "button" or "\n" not in name).first  # type: ignore[arg-type]
        target.tap() if self._tap else target.click()

    def begin(self, scenario_id: str) -> None:
        card = self.page.locator(f"button[data-scenario-id={scenario_id}]")
        card.tap() if self._tap else card.click()
        expect(self.page.get_by_role("heading", name="Act")).to_be_visible()

    def look(self, query: Query) -> None:
        self.page.get_by_role("radio", name=query.service, exact=True).check()
        self._step(lambda: self.press("button", words(query.kind)))

    def submit(self, move: Submission) -> None:
        form = self.page.get_by_role("form", name=words(move.kind))
        form.get_by_role("combobox", name="Service").select_option(move.service)
        form.get_by_role("textbox").fill(move.says)
        self._step(lambda: self.press("button", words(move.kind)))

    def _step(self, act: Callable[[], object]) -> None:
        before = standing(self.page)
        act()
        expect(self.page.locator("#status .meter")).not_to_have_text(before)


class Keyboard:
    """Plays without ever pointing at anything; each stop must be seen, and must show that it has the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops: list[str] = []

    def begin(self, scenario_id: str) -> None:
        self._go(lambda at: at["role"] == "button" and at["text"].startswith(scenario_id))
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Act")).to_be_visible()

    def look(self, query: Query) -> None:
        self._choose_radio(query.service)
        self._step(words(query.kind), "Space")

    def submit(self, move: Submission) -> None:
        self._go(lambda at: at["role"] == "select-one" and at["name"] == "service")
        self.page.keyboard.type(move.service)
        self._go(lambda at: at["role"] == "textarea")
        self.page.keyboard.type(move.says)
        self._step(words(move.kind), "Enter")

    def _choose_radio(self, service: str) -> None:
        self._go(lambda at: at["role"] == "radio")
        if self.page.locator("input[type=radio]:checked").count() == 0:
            self.page.keyboard.press("Space")
        for _ in range(20):
            if self._at()["value"] == service:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrow keys do not reach {service}.")

    def _step(self, button: str, key: str) -> None:
        self._go(lambda at: at["text"] == button)
        before = standing(self.page)
        self.page.keyboard.press(key)
        expect(self.page.locator("#status .meter")).not_to_have_text(before)
        assert self._at()["text"] == button, "the focus was lost by acting"

    def _go(self, is_there: Callable[[dict[str, str]], bool]) -> None:
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            at = self._at()
            self.stops.append(f"{at['role']} {at['text'] or at['value'] or at['name']}"[:60])
            if at["role"] not in ("body", "html"):
                assert at["seen"], f"the focus is on something unseen: {at}"
                assert at["ring"], f"the focus does not show: {at}"
            if is_there(at):
                return
        raise AssertionError(f"The Tab key does not get there; the last stops: {self.stops[-40:]}")

    def _at(self) -> dict[str, str]:
        found: dict[str, str] = self.page.evaluate(FOCUSED)
        return found


def standing(page: Page) -> str:
    return page.locator("#status .meter").inner_text()


def score(page: Page) -> float:
    total = page.locator("#score .total")
    expect(total).to_be_visible()
    return float(total.inner_text())
