"""What the documentation says of the code is held to the code."""

import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "whats_here.py"))


def test_whats_here_is_what_is_here() -> None:
    assert HERE["PAGE"].read_text() == HERE["page"](), "run `python scripts/whats_here.py`"


def test_every_module_of_the_lab_says_what_it_is() -> None:
    silent = [
        module
        for module in (ROOT / "lab").rglob("*.py")
        if module.read_text().strip() and module.name != "__main__.py" and not HERE["first_sentence"](module)
    ]
    assert silent == []
