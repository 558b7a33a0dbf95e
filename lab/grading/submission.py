"""What was submitted at the end, and what a text says of the failure mode."""

from functools import lru_cache
from typing import NamedTuple

from lab.actions import Submission
from lab.grading.key import Key
from lab.grading.result import Trajectory
from lab.grading.text import Reading, full_sentences, read, stated

SENTENCES = 3


class Said(NamedTuple):
    worth: float
    reason: str


def submission_of(trajectory: Trajectory) -> Submission | None:
    last = trajectory.moves[-1] if trajectory.moves else None
    return last if isinstance(last, Submission) else None


@lru_cache(maxsize=512)
def failure_mode_said(key: Key, text: str) -> Said:
    """How much of the failure mode a short answer says. Remembered, as agents repeat themselves.

    One other mode may be told as a consequence of this one; claiming it, naming two, or telling both as consequences of
    something else, is hedging.
    """
    reading = read(text)
    if not reading.prose:
        return Said(0.0, "It is a list of keywords, not a description.")
    if reading.guesses > 1 and key.mode.worth(reading.without_guesses()) == 0:
        return Said(0.0, "It says what could be, not what is.")
    worth = key.mode.worth(reading)
    if worth == 0:
        return Said(0.0, "It does not describe what happened.")
    if _names_several(key, reading):
        return Said(0.0, "It names several different failure modes.")
    return Said(worth, "It describes what happened." if worth == 1 else "It describes a part of what happened.")


def _names_several(key: Key, reading: Reading) -> bool:
    mentioned = sum(mode.is_named(reading, claimed=False) for mode in key.others)
    claimed = any(mode.is_named(reading, claimed=True) for mode in key.others)
    if key.mode.is_named(reading, claimed=True):
        return mentioned > 1 or claimed
    return mentioned > 0 or any(mode.is_hinted_at(reading) for mode in key.others)


class WriteUp(NamedTuple):
    objection: str | None
    """Why it is worth nothing at all, if so."""
    culprit: bool
    mechanism: float
    steps: frozenset[str]
    """The key's steps that it tells."""


@lru_cache(maxsize=512)
def written_up(key: Key, text: str) -> WriteUp:
    """What a summary tells. Unlike a short answer it may touch upon one other mode."""
    reading = read(text)
    mechanism = key.mode.worth(reading)
    return WriteUp(
        _objection(key, reading),
        # A culprit without its deed could be a list of all services.
        mechanism > 0 and stated(key.culprit_named, reading),
        mechanism,
        frozenset(step.id for step in key.steps.values() if stated(step.told_as, reading)),
    )


def _names_too_many(key: Key, reading: Reading) -> bool:
    """A summary has more to tell than a short answer; but what it is about it says."""
    mentioned = sum(mode.is_named(reading, claimed=False) for mode in key.others)
    return mentioned > 1 or (mentioned == 1 and not key.mode.is_named(reading, claimed=True))


def _objection(key: Key, reading: Reading) -> str | None:
    if full_sentences(reading) < SENTENCES or not reading.prose:
        return f"The summary is not {SENTENCES} sentences or more of prose."
    if _names_too_many(key, reading):
        return "The summary names several different failure modes."
    return None
