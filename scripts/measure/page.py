"""Times clicks on the page: `python scripts/measure/page.py URL [--visitors 20] [--windows 4] [--clicks 10] [--json]`.

Each visitor has an episode of its own, looks around, and thinks a moment between clicks. Some have a browser window,
timed from the click to the answer drawn; the others speak the page's own protocol without one, timed from the request
to the answer, because twenty windows cost one machine far more than their server does. Needs Chromium, and a server to
ask: `lab serve --world recorded`.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
SCENARIO = "RP-001"
LOOKS = ("query_logs", "check_metrics", "check_dependencies", "check_recent_deploys", "check_service_status")
SERVICES = ("api-gateway", "auth-service", "order-service", "postgres-db", "analytics-service")
THINKS = (1.0, 3.0)
PATIENCE = 60.0
# Keeps, in the window, how long each click took until the line that tells how things stand was written anew and drawn.
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
CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});</script>", re.DOTALL)

Json = Mapping[str, Any]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("url")
    asked.add_argument("--visitors", type=int, default=20)
    asked.add_argument("--windows", type=int, default=4)
    asked.add_argument("--clicks", type=int, default=10)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    told = asyncio.run(measured(given.url, given.visitors - given.windows, given.windows, given.clicks))
    print(json.dumps(told) if given.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


def figures(took: Sequence[float]) -> dict[str, float]:
    """Of seconds, in milliseconds."""
    in_ms = [1000 * one for one in took]
    p95 = statistics.quantiles(in_ms, n=20)[-1]
    return {
        "clicks": len(took),
        "median_ms": round(statistics.median(in_ms)),
        "p95_ms": round(p95),
        "most_ms": round(max(in_ms)),
    }


async def measured(url: str, without: int, windows: int, clicks: int) -> dict[str, dict[str, float]]:
    async with async_playwright() as playwright, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        config = json.loads(CONFIG.search((await client.get("/")).text)[1])  # type: ignore[index]
        pages = [await seated(await (await browser.new_context()).new_page(), url) for _ in range(windows)]
        in_windows = (clicking(page, clicks, random.Random(at)) for at, page in enumerate(pages))
        others = (
            asking(Visitor(client, config), clicks, random.Random(at)) for at in range(windows, windows + without)
        )
        took = await asyncio.gather(*in_windows, *others)
        await browser.close()
    parts = {"in a window": took[:windows], "without one": took[windows:]}
    return {name: figures([one for own in part for one in own]) for name, part in parts.items() if part}


async def seated(page: Page, url: str) -> Page:
    page.set_default_timeout(1000 * PATIENCE)
    await page.goto(url)
    await page.locator(f"button[data-scenario-id={SCENARIO}]").click()
    await page.locator("#desk button[data-action]").first.wait_for()
    await page.evaluate(WATCH)
    return page


async def clicking(page: Page, clicks: int, chance: random.Random) -> list[float]:
    for _ in range(clicks):
        await asyncio.sleep(chance.uniform(*THINKS))
        await page.locator(f"#desk input[value={chance.choice(SERVICES)}]").check()
        await page.evaluate("window.waits = new Promise((done) => { window.answered = done; }); 0")
        await page.locator(f"#desk button[data-action={chance.choice(LOOKS)}]").click()
        await page.evaluate("window.waits")
    return [one / 1000 for one in await page.evaluate("window.took")]


class Visitor:
    """The page's protocol: an event joins the queue, and the answer comes as a stream of messages."""

    def __init__(self, client: httpx.AsyncClient, config: Json) -> None:
        self._client, self._session = client, uuid.uuid4().hex[:11]
        self._events = {event: told for told in config["dependencies"] for _, event in told["targets"]}

    async def sends(self, event: str, sent: Json) -> None:
        told = self._events[event]
        body = {
            "fn_index": told["id"],
            "trigger_id": told["targets"][0][0],
            "data": [None for _ in told["inputs"]],
            "event_data": sent,
            "session_hash": self._session,
        }
        (await self._client.post("/gradio_api/queue/join", json=body)).raise_for_status()
        await self._answer()

    async def _answer(self) -> None:
        asked = {"session_hash": self._session}
        async with self._client.stream("GET", "/gradio_api/queue/data", params=asked) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:") and (message := json.loads(line[5:]))["msg"] == "process_completed":
                    assert message["success"], message
                    return


async def asking(visitor: Visitor, clicks: int, chance: random.Random) -> list[float]:
    await visitor.sends("begin", {"scenario_id": SCENARIO})
    took = []
    for _ in range(clicks):
        await asyncio.sleep(chance.uniform(*THINKS))
        since = time.monotonic()
        look = {"action_type": chance.choice(LOOKS), "parameters": {"service": chance.choice(SERVICES)}}
        await visitor.sends("act", look)
        took.append(time.monotonic() - since)
    return took


if __name__ == "__main__":
    main()
