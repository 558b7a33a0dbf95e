"""Reading free text: which ideas it states, denies, or tells as a mere consequence, and whether it is prose.

Words and rules only; which ideas there are comes from the scenarios.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_SENTENCE_END = re.compile(r"([.!?]+(?=\s|$)|\n+)")
_TOKEN = re.compile(r"[a-z0-9]+|[,;:()]")
_SAME_WORD = {
    "db": "database",
    "mem": "memory",
    "ram": "memory",
    "pg": "postgre",
    "postgresql": "postgre",
    "psql": "postgre",
    "conn": "connection",
    "cred": "credential",
    "queries": "query",
    "policies": "policy",
    "azs": "az",
}
_BREAKS = frozenset((*",;:()", "but", "and", "because", "so", "which", "that", "while"))
_NEGATORS = frozenset(("not", "no", "without", "neither", "nor", "never", "nothing", "hardly", "doubt", "false"))
_NEGATING_PAIRS = frozenset(
    (("rather", "than"), ("instead", "of"), ("ruled", "out"), ("rule", "out"), ("ruling", "out"))
)
_CLEARED = frozenset(("innocent", "unrelated", "irrelevant", "herring"))
# "DNS is fine", "TLS handshakes work": what stands before is no part of what failed.
_FINE = frozenset(
    (
        "fine",
        "ok",
        "okay",
        "healthy",
        "normal",
        "correct",
        "sufficient",
        "intact",
        "plentiful",
        "unchanged",
        "unaffected",
        "successful",
        "perfectly",
    )
)
_WORKS = frozenset(("work", "working"))
_BLAME = frozenset(("cause", "caused", "culprit", "problem", "issue", "reason", "involved"))
# "did not survive the query" denies the surviving, not the query.
_AUXILIARIES = frozenset(("did", "do", "doe", "could", "can", "would", "will"))
_NEGATION_REACH = 6
# "A query with no limit exhausts the memory" denies the limit, not what comes of it.
_LACKED = frozenset(("limit", "bound", "cap"))
_LEADS_TO = frozenset(
    """causing leading lead led resulting result so thus therefore thereby triggering hence which making made cascading
    then""".split()
)
_COMES_FROM = frozenset((("due", "to"), ("caused", "by"), ("triggered", "by"), ("because", "of"), ("because", "the")))
_COMES_FROM |= frozenset((("because", "a"), ("because", "an")))
_ARTICLES = frozenset(("root", "the", "a", "main", "underlying", "real"))
_GLUE = frozenset(
    """a an the of to in on by is was were are be been it its that which who and or for with from at as after before
    because so then this these had has have not did do into until when while but them their they we i all again each
    both only one""".split()
)
# "No route" lacks a route; "no route problem" lacks the problem.
_LACK_REACH = 3


class Sentence(NamedTuple):
    """Words joined by single blanks, with one at either end, so that a word is found as ` word `."""

    whole: str
    said: str
    """Without what is denied."""
    claimed: str
    """Without what is denied or told as a consequence of something else."""
    first: str
    """Without what is told as a consequence, and with what is denied."""
    words: int


class Reading(NamedTuple):
    sentences: tuple[Sentence, ...]
    prose: bool
    """Whether its words are held together as sentences are; a mere list of keywords is not."""


class Wording(NamedTuple):
    """Some words, in any order within a sentence; each given by its alternatives."""

    words: tuple[tuple[str, ...], ...]
    negative: bool
    """Begins with a negation: what it denies stands next, and what else it names anywhere."""

    def stands_in(self, sentence: Sentence, claimed: bool) -> bool:
        text = sentence.claimed if claimed else sentence.said
        whole = sentence.first if claimed else sentence.whole
        if self.negative and (_lacks(whole, *self.words[:2]) or not _may_deny(self.words[0])):
            text = whole
        return all(any(word in text for word in words) for words in self.words)


def _lacks(whole: str, negators: tuple[str, ...], denied: tuple[str, ...]) -> bool:
    """Whether one of the words stands soon after one of the negations, and is itself what is lacking."""
    tokens = whole.split()
    for i, token in enumerate(tokens):
        if _is_one_of(token, negators):
            for j in range(i + 1, min(i + 1 + _LACK_REACH, len(tokens))):
                if _is_one_of(tokens[j], denied) and not (j + 1 < len(tokens) and tokens[j + 1] in _BLAME):
                    return True
    return False


def _is_one_of(token: str, words: tuple[str, ...]) -> bool:
    return any(f" {token} ".startswith(word) for word in words)


def _may_deny(words: tuple[str, ...]) -> bool:
    return all(word.strip() in _NEGATORS for word in words)


def wording(phrase: str) -> Wording:
    words = tuple(tuple(_sought(word) for word in token.split("|")) for token in phrase.lower().split())
    return Wording(words, any(word.strip() in _NEGATORS for word in words[0]))


def stated(wordings: Iterable[Wording], reading: Reading, claimed: bool = False) -> bool:
    return any(one.stands_in(sentence, claimed) for sentence in reading.sentences for one in wordings)


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The text's sentences, ready to be searched. Remembered, as agents repeat themselves."""
    plain = text.lower().replace("\u2019", "'").replace("n't", " not").replace("cannot", "can not")
    parts = _SENTENCE_END.split(plain)
    ends = [*parts[1::2], ""]
    tokens = [_tokens(part) for part in parts[::2]]
    # Who asks does not state it.
    told = zip(tokens, ends, strict=True)
    sentences = tuple(_sentence(some, asks="?" in end) for some, end in told if any(map(str.isalnum, some)))
    return Reading(sentences, _is_prose([token for some in tokens for token in some if token.isalnum()]))


def full_sentences(reading: Reading) -> int:
    """How many different sentences of three words or more there are."""
    return len({sentence.whole for sentence in reading.sentences if sentence.words >= 3})


def _sought(word: str) -> str:
    return f" {word[:-1]}" if word.endswith("*") else f" {_plain(word)} "


def _plain(word: str) -> str:
    """One form for singular and plural, and for a few words with a short form."""
    word = _SAME_WORD.get(word, word)
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return _SAME_WORD.get(word[:-1], word[:-1]) if plural else word


def _tokens(text: str) -> list[str]:
    return [_plain(token) for token in _TOKEN.findall(text)]


def _sentence(tokens: list[str], asks: bool = False) -> Sentence:
    denied = set(range(len(tokens))) if asks else _denied(tokens)
    consequence = _consequence(tokens)
    words = [(token, i) for i, token in enumerate(tokens) if token.isalnum()]
    said = [token for token, i in words if i not in denied]
    claimed = [token for token, i in words if i not in denied and i not in consequence]
    first = [token for token, i in words if i not in consequence]
    return Sentence(_line(token for token, _ in words), _line(said), _line(claimed), _line(first), len(words))


def _line(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _denied(tokens: list[str]) -> set[int]:
    denied: set[int] = set()
    for i, (token, after) in enumerate(pairwise([*tokens, ""])):
        if _negates(tokens, i, token, after):
            denied.update(_onward(tokens, i + 1, 1 if after in _LACKED else _NEGATION_REACH))
        if token in _CLEARED or _clears(tokens, i) or _is_well(tokens, i):
            denied.update(_back(tokens, i))
    return denied


def _negates(tokens: list[str], i: int, token: str, after: str) -> bool:
    if (token, after) in _NEGATING_PAIRS:
        return True
    verb = i > 0 and tokens[i - 1] in _AUXILIARIES and after != "be"
    return token in _NEGATORS and not verb and after not in ("only", "just", "merely")


def _clears(tokens: list[str], i: int) -> bool:
    """`... is not the cause`, `... was ruled out`: what stands before is denied."""
    if tokens[i] == "not":
        return any(token in _BLAME for token in tokens[i + 1 : i + 4]) and "by" not in tokens[i + 1 : i + 4]
    return tokens[i : i + 2] == ["ruled", "out"] and (i + 2 == len(tokens) or tokens[i + 2] in _BREAKS)


def _is_well(tokens: list[str], i: int) -> bool:
    """`... is fine`, `... work`, `... has nothing to do with it`; but not `... is not fine`."""
    if tokens[i] == "nothing":
        return tokens[i + 1 : i + 3] == ["to", "do"]
    at_the_end = i + 1 == len(tokens) or tokens[i + 1] in _BREAKS
    well = tokens[i] in _FINE or (tokens[i] in _WORKS and at_the_end)
    return well and not _NEGATORS & set(tokens[max(0, i - 3) : i])


def _onward(tokens: list[str], start: int, reach: int) -> Iterable[int]:
    for i in range(start, min(start + reach, len(tokens))):
        if tokens[i] in _BREAKS:
            return
        yield i


def _back(tokens: list[str], end: int) -> Iterable[int]:
    for i in range(end - 1, -1, -1):
        if tokens[i] in _BREAKS:
            return
        yield i


def _consequence(tokens: list[str]) -> set[int]:
    told: set[int] = set()
    for i, (token, after) in enumerate(pairwise([*tokens, ""])):
        as_a_result = tokens[max(0, i - 2) : i + 1] == ["as", "a", "result"]
        if (token, after) in _COMES_FROM or (as_a_result and after == "of"):
            told.update(range(i))
        elif as_a_result:
            told.update(_back(tokens, i))
        elif token in _LEADS_TO or (token == "cause" and i > 0 and tokens[i - 1] not in _ARTICLES):
            told.update(range(i, len(tokens)))
    return told


def _is_prose(words: list[str]) -> bool:
    # Short texts are read as they are. Of a longer one about every eighth word holds it together: people who write
    # tersely leave articles out, but not their verbs.
    if len(words) <= 12:
        return True
    return sum(word in _GLUE or word.endswith(("ed", "ing")) for word in words) >= 0.12 * len(words)
