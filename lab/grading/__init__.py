"""The three graders: pure functions of a trajectory, the key and the measured health.

What a step earns belongs to lab.episode; nothing here asks a world anything.
"""

from lab.grading import easy, hard, medium
from lab.grading.key import Key, key_of
from lab.grading.result import UNIT, Grade, Part, Trajectory, Verdict
from lab.scenarios import Scenario

__all__ = ["UNIT", "VERSION", "Grade", "Key", "Part", "Trajectory", "Verdict", "grade", "key_of"]

VERSION = 3
"""Raised whenever the same trajectory may come to another score than before."""

_PARTS = {"easy": easy.parts, "medium": medium.parts, "hard": hard.parts}


def grade(scenario: Scenario, trajectory: Trajectory) -> Grade:
    """The verdict on an episode; before its end it says nothing of the key."""
    if trajectory.void is not None:
        return Grade("void", None, (), f"The lab failed, not the agent: {trajectory.void}")
    if not trajectory.done:
        return Grade("running", 0, (), "The episode is still running; it is graded at its end.")
    if scenario.task.difficulty == "hard" and trajectory.health is None:
        return Grade("void", None, (), "The lab failed, not the agent: the shop's health was not measured at the end.")
    parts = _PARTS[scenario.task.difficulty](key_of(scenario), trajectory)
    units = sum(part.units for part in parts)
    return Grade("scored", units, parts, " ".join(part.reason for part in parts if part.reason))
