"""Which words of a sentence are denied, cleared of blame, or told as a mere consequence of something else.

Rules over the tokens of one sentence; what the words mean for an incident is not known here.
"""

from collections.abc import Iterable
from itertools import pairwise, takewhile

PUNCTUATION = frozenset(",;:()")
_BREAKS = PUNCTUATION | {"but", "and", "because", "so", "which", "that", "while"}
# What "it is not that ..." denies ends later than what "not" alone does.
_ENDS = frozenset((",", ";", ":", "but", "because", "so", "which", "while"))
_NEGATORS = frozenset(
    """not no without neither nor never nothing hardly doubt doubted doubtful false untrue wrongly unlikely""".split()
)
_NEGATING_PAIRS = frozenset(
    (
        ("rather", "than"),
        ("instead", "of"),
        ("ruled", "out"),
        ("rule", "out"),
        ("ruling", "out"),
        ("far", "from"),
        ("nowhere", "near"),
        ("well", "below"),
        ("well", "under"),
    )
)
_CLEARED = frozenset(("innocent", "unrelated", "irrelevant", "herring"))
# "DNS is fine", "TLS handshakes work": what stands before is no part of what failed.
_FINE = frozenset(
    """fine ok okay healthy normal correct sufficient intact plentiful stable unchanged unaffected successful perfectly
    valid headroom spare""".split()
)
_WORKS = frozenset(("work", "worked", "working"))
# "Memory pressure is low" clears the memory; "memory is low" does not.
_LOW = frozenset(("low", "moderate", "flat"))
_LOADS = frozenset("pressure usage use load utilization utilisation rate stayed remained stay remain".split())
_BLAME = frozenset(("cause", "caused", "culprit", "problem", "issue", "reason", "involved", "either"))
_POINTS_BACK = frozenset("both they it this that these those all is are was were has have been be".split())
_PLURAL_BE = frozenset(("are", "were"))
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
# "No route" lacks a route; "no route problem" lacks the problem, and "no route was lost" no route at all.
_LACK_REACH = 4
_TROUBLE = _BLAME | {"trouble", "failure", "outage", "incident", "error"}
_BE = frozenset(("is", "are", "was", "were", "be", "been", "got", "get"))
_THERE = frozenset(
    """available left free remaining possible there present known found announced advertised exported returned released
    given open""".split()
)


def denied(tokens: list[str]) -> set[int]:
    found: set[int] = set()
    for i, (token, after) in enumerate(pairwise([*tokens, ""])):
        if _negates(tokens, i, token, after):
            found.update(_onward(tokens, i + 1))
    return found


def cleared(tokens: list[str]) -> set[int]:
    """What stands before `is not the cause`, `is fine`, `is unrelated`; a lack may be cleared, too."""
    found: set[int] = set()
    for i, token in enumerate(tokens):
        if token in _CLEARED or _clears(tokens, i) or _is_well(tokens, i):
            found.update(_back(tokens, i))
        if token == "not" and tokens[i + 1 : i + 2] == ["that"]:
            found.update(_onward(tokens, i + 1))
    return found


def consequence(tokens: list[str]) -> set[int]:
    told: set[int] = set()
    for i, (token, after) in enumerate(pairwise([*tokens, ""])):
        as_a_result = tokens[max(0, i - 2) : i + 1] == ["as", "a", "result"]
        if (token, after) in _COMES_FROM or (as_a_result and after == "of"):
            told.update(range(i) if tokens[i - 1 : i] != ["not"] else ())
        elif as_a_result or token.startswith("afterward"):
            told.update(_back(tokens, i))
        elif token in _LEADS_TO or _causes(tokens, i):
            told.update(range(i, len(tokens)))
    return told


def _causes(tokens: list[str], i: int) -> bool:
    before = tokens[i - 1] if i else ""
    if tokens[i] == "caused":
        return bool(before) and before not in _BE and tokens[i + 1 : i + 2] != ["by"]
    return tokens[i] == "cause" and bool(before) and before not in _ARTICLES


def lacks(text: str, negators: tuple[str, ...], what: tuple[str, ...]) -> bool:
    """Whether one of the words stands soon after one of the negations, and is itself what is lacking."""
    tokens = text.split()
    return any(_is_one_of(token, negators) and _lacks_next(tokens, i + 1, what) for i, token in enumerate(tokens))


def may_deny(words: tuple[str, ...]) -> bool:
    return all(word.strip() in _NEGATORS for word in words)


def denies_first(words: tuple[str, ...]) -> bool:
    return any(word.strip() in _NEGATORS for word in words)


def _lacks_next(tokens: list[str], start: int, what: tuple[str, ...]) -> bool:
    for i in range(start, min(start + _LACK_REACH, len(tokens))):
        if tokens[i] in PUNCTUATION:
            return False
        if _is_one_of(tokens[i], what):
            return not _is_well_after(tokens[i + 1 : i + 3])
    return False


def _is_well_after(after: list[str]) -> bool:
    if after[:1] and after[0] in _BE:
        return after[1:] != [] and after[1] not in _THERE
    return after[:1] != [] and after[0] in _TROUBLE


def _is_one_of(token: str, words: tuple[str, ...]) -> bool:
    return any(f" {token} ".startswith(word) for word in words)


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
    well = well or (tokens[i] in _LOW and bool(_LOADS & set(tokens[max(0, i - 3) : i])))
    return well and not _NEGATORS & set(tokens[max(0, i - 3) : i])


def _onward(tokens: list[str], start: int) -> Iterable[int]:
    if tokens[start : start + 1] in (["that"], ["because"]):
        return takewhile(lambda i: tokens[i] not in _ENDS, range(start + 1, len(tokens)))
    end = min(start + _reach(tokens, start), len(tokens))
    return takewhile(lambda i: tokens[i] not in _BREAKS, range(start, end))


def _reach(tokens: list[str], start: int) -> int:
    article = int(tokens[start : start + 1] in (["a"], ["any"]))
    lacked = tokens[start + article : start + article + 1]
    return article + 1 if lacked and lacked[0] in _LACKED else _NEGATION_REACH


def _back(tokens: list[str], end: int) -> Iterable[int]:
    """To the clause's beginning; `DNS and disk are fine` clears both, `but both are fine` what stands before that."""
    both = bool(_PLURAL_BE & set(tokens[max(0, end - 2) : end]))
    meant: set[str] = set()
    for i in range(end - 1, -1, -1):
        if tokens[i] in _BREAKS and not (both and tokens[i] == "and") and not meant <= _POINTS_BACK:
            return
        meant |= {tokens[i]} - _BREAKS
        yield i
