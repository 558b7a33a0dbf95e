"""Draws docs/pictures/terminal.svg: a real `lab play` in a real terminal (tmux), as it looks on the screen.

`python scripts/pictures/terminal.py [FILE]`; needs tmux and the recordings.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, PATIENCE = 116, 52, 60.0
INCIDENT = "AC-001"
TYPED = ("check_m\tauth\t", "submit_severity P1 auth-service")
SESSION = f"picture-{os.getpid()}"
THEME = TerminalTheme(
    (22, 27, 34),
    (220, 224, 230),
    [
        (60, 66, 75),
        (240, 110, 104),
        (110, 205, 145),
        (226, 192, 100),
        (120, 165, 240),
        (190, 140, 230),
        (90, 195, 200),
        (220, 224, 230),
    ],
)
# No fonts from elsewhere: what the reader's machine has.
PAGE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; white-space: pre }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def main(file: Path) -> None:
    with tempfile.TemporaryDirectory() as runs:
        play = f"cd {runs} && LAB_WORLD=recorded {ROOT}/.venv/bin/lab play {INCIDENT}; sleep {PATIENCE:.0f}"
        tmux("new-session", "-d", "-s", SESSION, "-x", str(WIDTH), "-y", str(HEIGHT), play)
        try:
            wait_for("help` lists")
            for number, line in enumerate(TYPED, start=1):
                type_in(line)
                wait_for("Report:" if number == len(TYPED) else "left.", number if number < len(TYPED) else 1)
            shown = tmux("capture-pane", "-p", "-e", "-t", SESSION)
        finally:
            tmux("kill-session", "-t", SESSION)
    file.write_text(drawn(shown), encoding="utf-8")


def type_in(line: str) -> None:
    """As a person does: a word, the Tab key, the next word."""
    for piece in re.split("(\t)", line):
        tmux("send-keys", "-t", SESSION, *(["Tab"] if piece == "\t" else ["-l", piece]))
    tmux("send-keys", "-t", SESSION, "Enter")


def wait_for(text: str, times: int = 1) -> None:
    deadline = time.monotonic() + PATIENCE
    while tmux("capture-pane", "-p", "-t", SESSION).count(text) < times:
        if time.monotonic() > deadline:
            raise SystemExit(f"the terminal never showed {text!r}")
        time.sleep(0.2)


def tmux(*words: str) -> str:
    return subprocess.run(["tmux", *words], capture_output=True, text=True, check=True).stdout


def drawn(shown: str) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"{shown.rstrip()}\n"), soft_wrap=True)
    return console.export_svg(title=f"lab play {INCIDENT}", theme=THEME, code_format=PAGE)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "terminal.svg")
