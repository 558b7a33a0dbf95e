"""How a terminal shows things: log lines short, nothing wider than the screen, colours only where they are wanted."""

import io
import re

import pytest

from lab.play.legible import legible
from lab.play.paint import painted, wants_colour

LOG = (
    '- 7 s before the alert [az-2 x55sm] {"time":"2026-11-21T09:51:52Z","level":"error","service":"auth-service",'
    '"version":"v2.15.0","event":"database is down","peer":"postgres-db","error":"no slots left","code":503}'
)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_line_is_shown_without_what_every_line_says() -> None:
    shown = legible(LOG, 400)
    assert shown == (
        "- 7 s before the alert [az-2 x55sm] error: database is down "
        'version=v2.15.0 peer=postgres-db error="no slots left" code=503'
    )


@pytest.mark.parametrize(
    "line",
    [
        "error_rate: 100 % (healthy: 0 %) [ABNORMAL]",
        "- 2 s ago [az-1 x] FATAL:  password authentication failed",
        "- 2 s ago [az-1 x] {no json}",
        "- 2 s ago [az-1 x] [1, 2]",
        "",
    ],
)
def test_what_is_no_record_stays_as_it_is(line: str) -> None:
    assert legible(line, 400) == line


@pytest.mark.parametrize("width", [40, 80, 120])
def test_nothing_is_wider_than_the_screen_and_no_word_is_lost(width: int) -> None:
    text = "\n".join([LOG, "  by the caller's zone: az-1 100 % failed, az-2 100 % failed", "x" * 20])
    shown = legible(text, width)
    assert max(map(len, shown.splitlines())) <= width
    assert shown.split() == legible(text, 10_000).split()


def test_colours_mark_what_matters_and_change_no_text() -> None:
    text = "=== Database down ===\nerror_rate: 9 % [ABNORMAL]\n  +0.04 a first look\n  -0.10 no part of the repair"
    shown = painted(text)
    assert "\x1b[1;31m[ABNORMAL]\x1b[0m" in shown
    assert "\x1b[32m+0.04\x1b[0m" in shown
    assert "\x1b[1;31m-0.10\x1b[0m" in shown
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == text


@pytest.mark.parametrize(
    ("out", "environ", "wanted"),
    [
        (Screen(), {"TERM": "xterm"}, True),
        (Screen(), {"TERM": "dumb"}, False),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Screen(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_only_on_a_terminal_that_wants_them(out: io.StringIO, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(out, environ) is wanted
