"""Writes down an episode while it is played, whoever plays it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lab import scenarios
from lab.baseline_agent.client import Json
from lab.baseline_agent.runner import Told
from lab.report.files import RUNS, save
from lab.report.trajectory import Ending, Hint, Opening, StepTaken, Trajectory
from lab.report.truth import truth_of


class Recorder:
    def __init__(self, world: str, player: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._world, self._player, self._clock = world, player, clock
        self._since = 0.0
        self.trajectory: Trajectory | None = None

    def begun(self, observation: Json) -> None:
        self._since = self._clock()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        opening = Opening(at=0, world=self._world, player=self._player, started=started, observation=observation)
        self.trajectory = Trajectory(opening, [])

    def took(self, told: Told) -> None:
        reward = told.answer["reward"]
        step = StepTaken(
            at=self._now(),
            number=told.number,
            action=told.advice.action.as_json(),
            why=told.advice.why,
            reward=reward["score"],
            cumulative=reward["cumulative"],
            parts=told.answer["info"]["reward_parts"],
            feedback=reward["reason"],
            evidence=told.evidence,
            error=told.error,
            done=told.answer["done"],
        )
        self._going_on().events.append(step)

    def hinted(self, says: str) -> None:
        self._going_on().events.append(Hint(at=self._now(), says=says))

    def ended(self, grade: Json) -> None:
        truth = truth_of(scenarios.get(str(self._going_on().opening.observation["scenario_id"])))
        self._going_on().ending = Ending(at=self._now(), grade=grade, truth=truth)

    def save(self, runs: Path = RUNS) -> Path | None:
        """The report's path, where there is anything to report."""
        return save(self.trajectory, runs) if self.trajectory is not None else None

    def _now(self) -> float:
        return round(self._clock() - self._since, 3)

    def _going_on(self) -> Trajectory:
        assert self.trajectory is not None, "an episode is written down from its opening on"
        return self.trajectory
