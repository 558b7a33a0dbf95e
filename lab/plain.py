"""Text from outside as harmless text: what would act on a terminal or a page is taken out or written out.

Everything that a cluster, a client or an agent wrote is data. It is made plain where evidence is written, and once more
where text leaves for a terminal or a page.
"""

import re
import unicodedata
from html import escape

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]|\x9b[0-?]*[ -/]*[@-~]")
# Control and format characters (those that turn the direction of writing, too), halves of pairs, other ends of a line,
# and what no font shows alike: characters for private use and those that are none yet.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show nothing, in which words can be hidden: joiners, fillers, selectors of variants, a blank.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# More marks over one letter than any language writes.
_HEAPED = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
                     "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip


def harmless(text: str) -> str:
    """One line: without terminal escapes; other characters that act instead of showing are written out."""
    if text.isascii() and text.isprintable():
        return text
    return _HEAPED.sub(r"\1", "".join(map(_shown, _ANSI.sub("", text))))


def harmless_lines(text: str) -> str:
    """The same for text of several lines, which it keeps."""
    return text if text.isascii() and text.isprintable() else "\n".join(map(harmless, text.split("\n")))


def as_html(text: str) -> str:
    return escape(harmless_lines(text))


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    if unicodedata.category(character) not in _ACTING and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape").decode()
