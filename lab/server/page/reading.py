"""Evidence text, read into parts that can be laid out. What is of no known form stays a line; nothing is left out."""

import json
import re
from dataclasses import dataclass

MARK = " [ABNORMAL]"
_FACT = re.compile(r"^(?P<name>[a-z][a-z0-9_]*(?: [^:]*[^:\s])?): (?P<rest>.+)$")
_HEALTHY = re.compile(r"^(?P<value>.*) \(healthy: (?P<healthy>[^()]*)\)$")
_LOG = re.compile(r"^- (?P<when>[^\[]*) \[(?P<source>[^\]]*)\] (?P<says>.+)$")
_RELEASE = re.compile(
    r"^- revision (?P<number>\d+), (?P<version>\S+?)(?P<runs>, running)?, made (?P<when>[^:]*): (?P<why>.*)$"
)
_AMOUNT = re.compile(r"^\$?(?P<number>\d[\d,]*(?:\.\d+)?)(?: (?P<unit>%|ms|s|a second|a minute|cores))?$")
# How programs that write plain text say how bad it is.
_GRAVE = re.compile(r"\b(?:PANIC|FATAL|ERROR|CRITICAL|WARNING)\b")
# What a record says of itself beside its message; the rest of it is shown by name.
_COMMON = frozenset({"time", "timestamp", "level", "event", "service", "version", "logger", "request_id"})


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    healthy: str = ""
    abnormal: bool = False
    details: tuple[str, ...] = ()
    """Lines that belong to it."""


@dataclass(frozen=True, slots=True)
class LogLine:
    when: str
    source: str
    level: str
    says: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    number: str
    version: str
    runs: bool
    when: str
    why: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    says: str
    abnormal: bool = False


Part = Fact | LogLine | Release | Note


def parts_of(text: str) -> tuple[Part, ...]:
    """The evidence's lines in their order; an indented line goes to the fact or release above it."""
    found: list[Part] = []
    for line in text.split("\n"):
        if line.startswith("  ") and found and isinstance(found[-1], Fact | Release):
            found[-1] = _with_detail(found[-1], line.strip())
        elif line.strip():
            found.append(_part(line.strip()))
    return tuple(found)


def amount(value: str) -> tuple[float, str] | None:
    """A figure's number and unit, seconds for all times; None where it is not one figure."""
    match = _AMOUNT.match(value)
    if match is None:
        return None
    number, unit = float(match["number"].replace(",", "")), match["unit"] or ""
    return (number / 1000, "s") if unit == "ms" else (number, unit)


def _part(line: str) -> Part:
    abnormal = line.endswith(MARK)
    bare = line.removesuffix(MARK)
    if match := _LOG.match(bare):
        return _log_line(match["when"], match["source"], match["says"])
    if match := _RELEASE.match(bare):
        return Release(match["number"], match["version"], bool(match["runs"]), match["when"], match["why"])
    if match := _FACT.match(bare):
        return _fact(match["name"], match["rest"], abnormal)
    return Note(bare, abnormal)


def _fact(name: str, rest: str, abnormal: bool) -> Fact:
    match = _HEALTHY.match(rest)
    return Fact(name, match["value"], match["healthy"], abnormal) if match else Fact(name, rest, "", abnormal)


def _with_detail(part: Fact | Release, line: str) -> Fact | Release:
    if isinstance(part, Release):
        return Release(part.number, part.version, part.runs, part.when, part.why, (*part.changes, line))
    abnormal = part.abnormal or line.endswith(MARK)
    return Fact(part.name, part.value, part.healthy, abnormal, (*part.details, line.removesuffix(MARK)))


def _log_line(when: str, source: str, says: str) -> LogLine:
    record = _record(says)
    if record is None:
        grave = _GRAVE.search(says)
        return LogLine(when, source, grave[0].lower() if grave else "", says)
    fields = tuple((name, _written(value)) for name, value in record.items() if name not in _COMMON)
    return LogLine(when, source, _written(record.get("level", "")), _written(record.get("event", "")), fields)


def _record(says: str) -> dict[str, object] | None:
    try:
        found = json.loads(says) if says.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
