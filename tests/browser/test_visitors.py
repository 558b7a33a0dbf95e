"""Twenty visitors at once on the recorded world, each in a window of its own."""

import json
import subprocess
import sys
from pathlib import Path

from tests.browser.conftest import chromium

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure" / "page.py"
VISITORS, CLICKS = 20, 6
LIMIT_MS = 1_000


def test_each_page_answers_a_click_within_a_second(recorded: str) -> None:
    assert chromium()
    command = [sys.executable, str(SCRIPT), recorded, "--visitors", str(VISITORS), "--clicks", str(CLICKS), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=110).stdout)
    assert told["clicks"] == VISITORS * CLICKS
    assert told["p95_ms"] <= LIMIT_MS, told
