"""What is graded and what a grade is. Points are kept in ten-thousandths, so that parts add up exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lab.actions import Move
from lab.world import Health

Verdict = Literal["scored", "running", "void"]

UNIT = 10_000


class Trajectory(NamedTuple):
    """An episode as the graders see it. A move that could not be done stands here as `Invalid`."""

    moves: Sequence[Move]
    done: bool
    health: Health | None = None
    """Measured at the end; needed for the hard task only."""
    void: str | None = None
    """What of the lab failed."""


class Part(NamedTuple):
    name: str
    units: int
    reason: str

    @property
    def points(self) -> float:
        return self.units / UNIT


@dataclass(frozen=True, slots=True)
class Grade:
    verdict: Verdict
    units: int | None
    breakdown: tuple[Part, ...]
    feedback: str

    @property
    def total(self) -> float | None:
        return None if self.units is None else self.units / UNIT


def share(units: int, fraction: float) -> int:
    """That fraction of the units, in whole units."""
    return round(units * fraction)


def efficiency(used: int, careful: int, most: int) -> float:
    """1 up to the steps a careful solver needs, falling evenly to 0 at the last step."""
    if used <= careful:
        return 1.0
    return max(0.0, (most - used) / (most - careful))
