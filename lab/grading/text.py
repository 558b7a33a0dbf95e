"""Reading free text: which ideas it states, denies, or tells as a mere consequence, and whether it is prose.

Words and rules only; which ideas there are comes from the scenarios.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from lab.grading.denial import PUNCTUATION, cleared, consequence, denied, denies_first, lacks, may_deny

_SENTENCE_END = re.compile(r"([.!?]+(?=\s|$)|\n+)")
_ARROW = re.compile(r"<?[-=]+>|<[-=]+|[\u2190\u2192\u21d0\u21d2]")
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
_GLUE = frozenset(
    """a an the of to in on by is was were are be been it its that which who and or for with from at as after before
    because so then this these had has have not did do into until when while but them their they we i all again each
    both only one no up off out than there here via per longer toward towards healthy ran went wrote gave took sent lost
    kept broke came got made withdrew""".split()
)
# They look like verbs, and stand in lists of keywords.
_BOUNDLESS = frozenset(("unbounded", "unlimited", "unconstrained", "unrestricted"))
_GUESS = re.compile(r"\b(?:(?:could|might|may)(?: also)? (?:be|have)|maybe|perhaps|possibly)\b")


class Sentence(NamedTuple):
    """Words joined by single blanks, with one at either end, so that a word is found as ` word `."""

    whole: str
    said: str
    """Without what is denied."""
    claimed: str
    """Without what is denied or told as a consequence of something else."""
    open: str
    """With what is denied, but not what is cleared of blame; for what is lacking, with punctuation."""
    open_first: str
    """The same without what is told as a consequence."""
    words: int
    guesses: int
    """How many things it only holds for possible."""


class Reading(NamedTuple):
    sentences: tuple[Sentence, ...]
    prose: bool
    """Whether its words are held together as sentences are; a mere list of keywords is not."""

    @property
    def guesses(self) -> int:
        return sum(sentence.guesses for sentence in self.sentences)

    def without_guesses(self) -> "Reading":
        return self._replace(sentences=tuple(one for one in self.sentences if not one.guesses))


class Wording(NamedTuple):
    """Some words, in any order within a sentence; each given by its alternatives."""

    words: tuple[tuple[str, ...], ...]
    negative: bool
    """Begins with a negation: what it denies stands next, and what else it names anywhere."""

    def stands_in(self, sentence: Sentence, claimed: bool) -> bool:
        text = sentence.claimed if claimed else sentence.said
        if self.negative:
            text = sentence.open_first if claimed else sentence.open
            if may_deny(self.words[0]) and not lacks(text, *self.words[:2]):
                return False
        return all(any(word in text for word in words) for words in self.words)


def wording(phrase: str) -> Wording:
    words = tuple(tuple(_sought(word) for word in token.split("|")) for token in phrase.lower().split())
    return Wording(words, denies_first(words[0]))


def stated(wordings: Iterable[Wording], reading: Reading, claimed: bool = False) -> bool:
    return any(one.stands_in(sentence, claimed) for sentence in reading.sentences for one in wordings)


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The text's sentences, ready to be searched. Remembered, as agents repeat themselves."""
    plain = text.lower().replace("\u2019", "'").replace("n't", " not").replace("cannot", "can not")
    plain = _ARROW.sub(" to ", plain)
    parts = _SENTENCE_END.split(plain)
    ends = [*parts[1::2], ""]
    # Who asks does not state it.
    told = [_sentence(part, asks="?" in end) for part, end in zip(parts[::2], ends, strict=True)]
    sentences = tuple(sentence for sentence in told if sentence.words)
    return Reading(sentences, _is_prose([word for sentence in sentences for word in sentence.whole.split()]))


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


def _sentence(text: str, asks: bool = False) -> Sentence:
    tokens = _tokens(text)
    every = set(range(len(tokens)))
    clear = every if asks else cleared(tokens)
    no, follows = denied(tokens) | clear, consequence(tokens)
    words = {i for i in every if tokens[i] not in PUNCTUATION}

    def line(which: set[int]) -> str:
        return _line(tokens[i] for i in sorted(which))

    return Sentence(
        whole=line(words),
        said=line(words - no),
        claimed=line(words - no - follows),
        open=line(every - clear),
        open_first=line(every - clear - follows),
        words=len(words),
        guesses=len(_GUESS.findall(text)),
    )


def _line(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _is_prose(words: list[str]) -> bool:
    # Short texts are read as they are. Of a longer one about every eighth word holds it together: people who write
    # tersely leave articles out, but not their verbs.
    holding = sum(map(_holds_together, words))
    return holding >= (0.12 * len(words) if len(words) > 12 else len(words) > 8)


def _holds_together(word: str) -> bool:
    """What lists of keywords lack: little words, possessives, verbs."""
    return word in _GLUE or word == "s" or (word.endswith(("ed", "ing")) and word not in _BOUNDLESS)
