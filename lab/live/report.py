"""How evidence is written: a line a fact, abnormal ones marked, and never longer than an evidence may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.plain import harmless
from lab.world import Evidence

# An evidence stays below 4 KB, whatever stands in it; some is kept for saying that it was cut.
LIMIT = 4_000
_CUT = "(cut: {count} more lines left out)"
MARK = " [ABNORMAL]"
# What somebody else wrote does not bear the mark.
_WORD, _THEIRS = MARK.strip(), "(ABNORMAL)"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: its key is its name without what tells it from its like."""

    key: str
    text: str
    abnormal: bool = False

    def __str__(self) -> str:
        # Made harmless first: what is left open in it must not swallow the mark.
        return harmless(self.text).replace(_WORD, _THEIRS) + (MARK if self.abnormal else "")


def fact(key: str, value: str, healthy: str = "", abnormal: bool = False, of: str = "") -> Line:
    """`name: value (healthy: value)`; `of` tells facts of one key apart."""
    name = f"{key} {of}" if of else key
    return Line(key, f"{name}: {value}" + (f" (healthy: {healthy})" if healthy else ""), abnormal)


def note(text: str) -> Line:
    """A line that is no fact of its own."""
    return Line("", text)


def evidence(head: str, lines: Sequence[Line]) -> Evidence:
    """Whatever a line was made of, it stays one line and acts on nobody."""
    named = [line for line in lines if line.key]
    return Evidence(
        cut([harmless(head), *(harmless(str(line)) for line in lines)]),
        _once(line.key for line in named),
        _once(line.key for line in named if line.abnormal),
    )


def cut(lines: Sequence[str]) -> str:
    """As many lines as fit, from the top."""
    kept: list[str] = []
    room = LIMIT - len(_CUT.encode()) - 8
    for position, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*kept, _CUT.format(count=len(lines) - position)])
        kept.append(line)
    return "\n".join(kept)


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}... (line cut)"


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
