"""Times clicks on the page: `python scripts/measure/page.py URL [--visitors 20] [--clicks 10] [--json]`.

Each visitor has a browser window and an episode of its own, looks around, and thinks a moment between two clicks. The
time is measured in the window, from the click to the answer on the page. Needs Chromium, and a server to ask:
`lab serve --world recorded`.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Sequence

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
SCENARIO = "RP-001"
# As a quick reader does. The windows share this machine with the server, and cost it far more than the server does.
THINKS = (2.0, 6.0)
PATIENCE = 60_000.0
# Keeps, in the window, how long each click took until the line that tells how things stand was written anew.
WATCH = """() => {
  window.took = [];
  let since = null;
  document.addEventListener("click", (click) => {
    if (click.target.closest("button[data-action]")) since = performance.now();
  }, true);
  const number = () => document.querySelector("#status [data-number]")?.dataset.number;
  let last = number();
  new MutationObserver(() => {
    if (number() === last) return;
    last = number();
    if (since !== null) requestAnimationFrame(() => {
      window.took.push(performance.now() - since);
      since = null;
      window.answered();
    });
  }).observe(document.getElementById("status"), { childList: true, subtree: true, attributes: true });
}"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("url")
    asked.add_argument("--visitors", type=int, default=20)
    asked.add_argument("--clicks", type=int, default=10)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    since = time.monotonic()
    took = asyncio.run(visitors(given.url, given.visitors, given.clicks))
    told = figures(took) | {"visitors": given.visitors, "seconds": round(time.monotonic() - since, 1)}
    print(json.dumps(told) if given.json else " · ".join(f"{name} {value}" for name, value in told.items()))


def figures(took: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    cuts = statistics.quantiles(took, n=20)
    return {
        "clicks": len(took),
        "median_ms": round(statistics.median(took)),
        "p95_ms": round(cuts[-1]),
        "most_ms": round(max(took)),
    }


async def visitors(url: str, many: int, clicks: int) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pages = [await seated(browser, url) for _ in range(many)]
        took = await asyncio.gather(*(plays(page, clicks, random.Random(at)) for at, page in enumerate(pages)))
        await browser.close()
    return [time for own in took for time in own]


async def seated(browser: Browser, url: str) -> Page:
    page = await (await browser.new_context(viewport={"width": 1366, "height": 768})).new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(url)
    await page.locator(f"button[data-scenario-id={SCENARIO}]").click()
    await page.locator("#desk button[data-action]").first.wait_for()
    await page.evaluate(WATCH)
    return page


async def plays(page: Page, clicks: int, chance: random.Random) -> list[float]:
    services = await page.locator("#desk input[type=radio]").all()
    looks = await page.locator("#desk section").first.locator("button").all()
    for _ in range(clicks):
        await asyncio.sleep(chance.uniform(*THINKS))
        await chance.choice(services).check()
        await page.evaluate("window.waits = new Promise((done) => { window.answered = done; }); 0")
        await chance.choice(looks).click()
        await page.evaluate("window.waits")
    took: list[float] = await page.evaluate("window.took")
    return took


if __name__ == "__main__":
    main()
