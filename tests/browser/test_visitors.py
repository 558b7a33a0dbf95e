"""Twenty visitors at once on the recorded world, each with an episode of its own, some in windows of a real browser."""

import json
import subprocess
import sys
from pathlib import Path

from tests.browser.conftest import chromium

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure" / "page.py"
CLICKS = 8
LIMIT_MS = 1_000


def test_each_page_answers_a_click_within_a_second(recorded: str) -> None:
    assert chromium()
    command = [sys.executable, str(SCRIPT), recorded, "--visitors", "20", "--clicks", str(CLICKS), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=110).stdout)
    assert sum(part["clicks"] for part in told.values()) == 20 * CLICKS
    assert all(part["p95_ms"] <= LIMIT_MS for part in told.values()), told
