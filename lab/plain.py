"""Text from outside as harmless text: what would act on a terminal or a page is taken out or written out.

Everything that a cluster, a client or an agent wrote is data. It is made plain where evidence is written, and once more
where text leaves for a terminal or a page.
"""

import re
import unicodedata
from html import escape

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]|\x9b[0-?]*[ -/]*[@-~]")
# Control and format characters (those that turn the direction of writing, too), halves of pairs, other ends of a line.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def harmless(text: str) -> str:
    """One line: without terminal escapes; other characters that act instead of showing are written out."""
    if text.isprintable():
        return text
    return "".join(map(_shown, _ANSI.sub("", text)))


def harmless_lines(text: str) -> str:
    """The same for text of several lines, which it keeps."""
    return text if text.isprintable() else "\n".join(map(harmless, text.split("\n")))


def as_html(text: str) -> str:
    return escape(harmless_lines(text))


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    if unicodedata.category(character) not in _ACTING:
        return character
    return character.encode("unicode_escape").decode()
