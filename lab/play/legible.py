"""Evidence for a person's eyes: log lines without what every one of them says, and lines no wider than the terminal."""

import json
import re
import textwrap
from typing import Any

from lab.baseline_agent.reading import record_of

_LOG = re.compile(r"^(?P<lead>- [^\[]*\[[^\]]*\]) (?P<record>\{.*\})(?P<rest>.*)$")
# When it was stands in the line's own head, whose it is in the evidence's; the request's id leads nowhere here.
_LEFT_OUT = frozenset({"time", "level", "service", "event", "request_id"})


def legible(text: str, width: int) -> str:
    """Nothing that matters is left out, and the report keeps all of it."""
    return "\n".join(_wrapped(_short(line), width) for line in text.splitlines())


def _short(line: str) -> str:
    found = _LOG.match(line)
    record = record_of(found["record"]) if found else None
    if found is None or record is None:
        return line
    fields = [f"{name}={_value(value)}" for name, value in record.items() if name not in _LEFT_OUT]
    said = " ".join([f"{record.get('level', '')}:", str(record.get("event", "")), *fields])
    return f"{found['lead']} {said}{found['rest']}"


def _value(value: Any) -> str:
    """Quoted where it would not be seen where it ends."""
    return json.dumps(value, ensure_ascii=False) if " " in str(value) or not isinstance(value, str) else value


def _wrapped(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return (
        textwrap.fill(
            line,
            width,
            subsequent_indent=f"{indent}    ",
            break_on_hyphens=False,
            break_long_words=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
        or line
    )
