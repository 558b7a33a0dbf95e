"""An episode's steps with what each showed and earned, made from its entries anew."""

from dataclasses import dataclass
from typing import Any

from lab.actions import DESCRIPTIONS, name_of, parameters_of
from lab.episode import Entry, Episode, observation, rebuild
from lab.server.session import Session

# Of a text that a player wrote, in a table.
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    action_type: str
    parameters: dict[str, Any]
    reward: float
    cumulative: float
    why: str
    evidence: str = ""
    error: str = ""

    @property
    def target(self) -> str:
        return " ".join(_short(str(value)) for value in self.parameters.values())

    @property
    def label(self) -> str:
        return f"{words(self.action_type)}: {self.target}" if self.target else words(self.action_type)


def steps_of(session: Session) -> tuple[Step, ...]:
    with session.lock:
        return _steps(session.episode)


def words(name: str) -> str:
    """The name of an action as one would say it."""
    said = name.replace("_", " ")
    return said[:1].upper() + said[1:] if name in DESCRIPTIONS else said


def _steps(episode: Episode) -> tuple[Step, ...]:
    again = rebuild(episode.scenario, episode.seed, episode.alert, episode.flags, (), episode.id)
    return tuple(_step(again, entry) for entry in episode.entries)


def _step(again: Episode, entry: Entry) -> Step:
    result = again.record(entry)
    seen = observation(again, result)
    return Step(
        len(again.entries),
        name_of(entry.move),
        parameters_of(entry.move),
        result.reward,
        result.cumulative,
        seen["feedback"],
        entry.answer.text if entry.answer is not None else "",
        result.error or "",
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}..."
