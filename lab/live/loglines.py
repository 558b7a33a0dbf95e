"""Log lines, read and weighed: which are alike, how bad is one, which of them fit into an evidence. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lab.plain import harmless

ERROR, WARNING, INFO = 0, 1, 2
FIRST_SERVER_ERROR = 500
_JSON_LEVELS = {"critical": ERROR, "error": ERROR, "warning": WARNING}
# Words with which programs that write plain text say how bad it is (PostgreSQL's severities among them).
_PLAIN_ERROR = re.compile(r"\b(?:PANIC|FATAL|ERROR|CRITICAL)\b|\b(?:terminated by signal|uncleanly|out of memory)\b")
_PLAIN_WARNING = re.compile(
    r"\bWARNING\b|\b(?:failed|failure|refused|denied|denies|withdrawn|suppressed|terminat\w+|crash\w*|killed|lost)\b",
    re.I,
)
# What differs between lines that say the same: identities, figures, moments.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_HEX = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.I)
_VERSION = re.compile(r"\bv\d+(?:\.\d+)+")
_NUMBER = re.compile(r"\d+(?:[.:,]\d+)*")
_MOMENTARY = frozenset({"time", "request_id", "timestamp"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as a container wrote it, and where and when."""

    moment: float
    source: str
    text: str


@dataclass(slots=True)
class Fold:
    """Lines that say the same: the last of them stands for all."""

    rank: int
    first: Entry
    last: Entry
    count: int = 1

    def take(self, entry: Entry) -> None:
        self.count += 1
        self.last = entry


def parse(raw: str, source: str) -> list[Entry]:
    """Of a log read with the kubelet's timestamps; a line without one belongs to no moment and is left out."""
    entries = []
    for line in raw.split("\n"):
        stamp, _, text = line.partition(" ")
        moment = moment_of(stamp)
        if moment is not None and text.strip():
            entries.append(Entry(moment, source, harmless(text)))
    return entries


def moment_of(stamp: str) -> float | None:
    # The kubelet writes nanoseconds, more than a datetime reads.
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", stamp)).timestamp()
    except ValueError:
        return None


def folded(entries: Iterable[Entry]) -> list[Fold]:
    """In the order of their first lines."""
    folds: dict[tuple[object, ...], Fold] = {}
    for entry in sorted(entries, key=lambda one: one.moment):
        rank, likeness = _weighed(entry.text)
        kept = folds.setdefault(likeness, Fold(rank, entry, entry, 0))
        kept.take(entry)
    return list(folds.values())


def most_telling(folds: list[Fold]) -> list[Fold]:
    """Errors before warnings before the rest; of equals, what came first."""
    return sorted(folds, key=lambda fold: (fold.rank, fold.first.moment))


def _weighed(text: str) -> tuple[int, tuple[object, ...]]:
    record = _record(text)
    if record is None:
        return _plain_rank(text), (_alike(text),)
    likeness = tuple((name, _alike_value(value)) for name, value in record.items() if name not in _MOMENTARY)
    return _rank(record), likeness


def _record(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _rank(record: dict[str, Any]) -> int:
    """A request answered with a server error is one, and what is told as information may still be bad news."""
    code = record.get("code")
    if isinstance(code, int) and code >= FIRST_SERVER_ERROR:
        return ERROR
    rank = _JSON_LEVELS.get(str(record.get("level")), INFO)
    return WARNING if rank == INFO and _PLAIN_WARNING.search(str(record.get("event", ""))) else rank


def _plain_rank(text: str) -> int:
    if _PLAIN_ERROR.search(text):
        return ERROR
    return WARNING if _PLAIN_WARNING.search(text) else INFO


def _alike_value(value: object) -> object:
    """Words count; of numbers only those that name something (a code, a generation) and do not measure."""
    if isinstance(value, str):
        return _alike(value)
    return value if isinstance(value, (bool, type(None))) or (isinstance(value, int) and value < 600) else "#"


def _alike(text: str) -> str:
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return "\0"

    text = _VERSION.sub(keep, text)
    for pattern in (_UUID, _HEX, _NUMBER):
        text = pattern.sub("#", text)
    return re.sub("\0", lambda _: kept.pop(0), text)
