"""Colours for what a terminal shows; plain text anywhere else, and where NO_COLOR asks for it."""

import os
import re
from collections.abc import Mapping
from typing import TextIO

_RESET, _BOLD, _RED, _GREEN, _SOFT = "\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[32m", "\x1b[2m"
# Which words of a shown text carry which colour; evidence itself never holds an escape of its own.
_COLOURS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[ABNORMAL\]"), _RED),
    (
        re.compile(r"^(?:===.*===|Score:.*|What really happened:|What went wrong:|The repair:|Report:)", re.MULTILINE),
        _BOLD,
    ),
    (re.compile(r"(?<=  )\+\d\.\d+"), _GREEN),
    (re.compile(r"(?<=  )-\d\.\d+"), _RED),
    (re.compile(r"^- [^\[\n]*\[[^\]\n]*\]", re.MULTILINE), _SOFT),
)


def painted(text: str) -> str:
    for pattern, colour in _COLOURS:
        text = pattern.sub(rf"{colour}\g<0>{_RESET}", text)
    return text


def wants_colour(out: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    return out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
