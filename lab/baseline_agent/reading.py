"""Evidence text, read: marked facts, log lines, releases. Knows how evidence is written, nothing of what it means."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MARK = "[ABNORMAL]"
_LOG = re.compile(r"^- (?P<when>[^\[]*)\[(?P<source>[^\]]*)\] (?P<text>.+)$")
_RELEASE = re.compile(
    r"^- revision \d+, (?P<version>\S+?)(?P<running>, running)?, made (?P<when>[^:]*): (?P<cause>.*)$"
)
_SETTING = re.compile(r"^  (?P<name>\w+): (?P<before>.*) -> (?P<after>.*)$")
_NEW = re.compile(r"^new_since_incident: (?P<count>\d+)")
_WORD = re.compile(r"[a-z]+")
# Who, when and which release wrote a line is no part of what it says.
_ORIGIN = frozenset({"time", "timestamp", "level", "service", "version", "request_id", "logger", "event", "exception"})
_GRAVE_LEVELS = frozenset({"error", "critical"})
_GRAVE = re.compile(r"\b(?:FATAL|PANIC|ERROR)\b|terminated by signal|not starting")
_NOTABLE = re.compile(
    r"fail|refus|den(?:y|ie)|withdr|suppress|stopp|lost|kill|terminat|exceed|timeout|timed out|stale|previous|unclean"
    r"|breaker opened|exhaust|too many|crash|out of memory|not starting|FATAL|PANIC|ERROR|\b5\d\d\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    """the and for from with that this not was were are has have had its into onto over than then they their each every
    only which who whom what when where after before since line lines times last first service services healthy logs log
    run runs running alert level true false none yes one two three all any but out off own more most least repeated
    folded kind shown answer answers answered customer customers request requests wait step steps measure whether other
    again new release releases set verify verified check checks checked""".split()
)
_STEM = 5
# Short forms, and products that are known by their kind.
_MEANT = {"db": "database", "postgres": "database", "postgresql": "database", "mysql": "database", "az": "zone"}


@dataclass(frozen=True, slots=True)
class LogLine:
    source: str
    says: str
    """The event and its other fields, as one text."""
    notable: bool
    grave: bool = False
    """Written as an error, not merely as a warning."""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    cause: str
    settings: tuple[Setting, ...]

    @property
    def text(self) -> str:
        return " ".join([self.cause, *map(str, self.settings)])


def marked(text: str) -> tuple[str, ...]:
    """The facts marked as abnormal, without their marks."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line.removesuffix(MARK).strip() for line in lines if line.endswith(MARK))


def log_lines(text: str) -> tuple[LogLine, ...]:
    found = (_LOG.match(line) for line in text.splitlines())
    return tuple(_log_line(match["source"], match["text"]) for match in found if match)


def new_release(text: str) -> Release | None:
    """The newest release, where the evidence says that it came with the incident."""
    lines = text.splitlines()
    counts = [int(match["count"]) for match in map(_NEW.match, lines) if match]
    if not any(counts):
        return None
    starts = [index for index, line in enumerate(lines) if _RELEASE.match(line)]
    return _release(lines[starts[0] : [*starts, len(lines)][1]]) if starts else None


def stems(text: str) -> frozenset[str]:
    """The words that carry meaning, cut to what their forms have in common."""
    words = [_MEANT.get(word, word) for word in _WORD.findall(text.lower())]
    return frozenset(_stem(word) for word in words if len(word) > 2 and word not in _STOP)


def glimpse(text: str, limit: int = 160) -> str:
    """The most telling line of an evidence or an outcome."""
    logs = log_lines(text)
    telling = [line.says for line in sorted(logs, key=lambda line: not line.grave) if line.notable]
    facts = [fact for fact in marked(text) if not fact.startswith(("error_lines", "warning_lines"))]
    rest = [line.says for line in logs] or [line.strip() for line in text.splitlines() if line.strip()]
    said = next(iter([*facts, *telling, *rest]), "(nothing)")
    return said if len(said) <= limit else f"{said[:limit]}..."


def _log_line(source: str, text: str) -> LogLine:
    record = record_of(text)
    if record is None:
        return LogLine(source, text, bool(_NOTABLE.search(text)), bool(_GRAVE.search(text)))
    fields = (f"{name} {value}" for name, value in record.items() if name not in _ORIGIN)
    says = "; ".join([str(record.get("event", "")), *fields])
    level = record.get("level")
    grave = level in _GRAVE_LEVELS
    return LogLine(source, says, grave or level == "warning" or bool(_NOTABLE.search(says)), grave)


def record_of(text: str) -> dict[str, Any] | None:
    """A log line that is JSON, as its fields."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _release(lines: Iterable[str]) -> Release | None:
    first, *rest = lines
    head = _RELEASE.match(first)
    if head is None:
        return None
    found = (_SETTING.match(line) for line in rest)
    settings = tuple(Setting(match["name"], match["before"], match["after"]) for match in found if match)
    return Release(head["version"], head["cause"].removeprefix(f"{head['version']}: "), settings)


def _stem(word: str) -> str:
    return word[:_STEM] if len(word) > _STEM else word.removesuffix("s")
