"""One episode with its world and its lock: every step, look and grade of it goes through here."""

import threading
from typing import Any

from lab.actions import parse_move
from lab.episode import Episode, StepResult, fork, observation, run_step, state
from lab.errors import LabFault, Refused
from lab.grading import Grade
from lab.scenarios import Scenario
from lab.server.errors import NotOver
from lab.server.logs import Log
from lab.trust import canonical
from lab.trust.bundle import bundle_of
from lab.trust.identity import origin_of
from lab.world import Outcome, World


class Session:
    __slots__ = (
        "_beside",
        "_ended",
        "_log",
        "_slow_to_end",
        "_world_name",
        "episode",
        "id",
        "lock",
        "used_at",
        "world",
    )

    def __init__(
        self, episode: Episode, world: World, world_name: str, log: Log, used_at: float, *, slow_to_end: bool = False
    ) -> None:
        """A world that is `slow_to_end` is put back as soon as the episode is over, not when the next one waits."""
        self.id, self.episode, self.world = episode.id, episode, world
        self.lock = threading.Lock()
        self.used_at = used_at
        self._world_name, self._log, self._ended = world_name, log, False
        self._slow_to_end = slow_to_end
        self._beside: threading.Thread | None = None

    def step(self, raw: object) -> dict[str, Any]:
        """The step's answer, ready to be serialised. BadAction leaves the episode as it was."""
        move = parse_move(raw)
        with self.lock:
            try:
                result = run_step(self.world, self.episode, move)
            except Refused:
                raise
            except Exception as error:
                raise self._void(error) from error
            finally:
                if self.episode.done and self._slow_to_end and not self._ended:
                    self._put_back_beside()
            self._log.step(self.episode, move, result)
            return self._answer(result)

    def observation(self) -> dict[str, Any]:
        with self.lock:
            return {**observation(self.episode)}

    def fork(self, episode_id: str, used_at: float) -> "Session":
        """A second session that goes on from the same point."""
        with self.lock:
            world, episode = fork(self.world, self.episode, episode_id)
        return Session(episode, world, self._world_name, self._log, used_at)

    def state(self) -> dict[str, Any]:
        with self.lock:
            return {**state(self.episode)}

    def grade(self) -> dict[str, Any]:
        with self.lock:
            return _grade(self.episode)

    def bundle(self) -> bytes:
        """The ended episode as a score bundle; of a running one it would tell the key."""
        with self.lock:
            if not self.episode.done:
                raise NotOver("The episode is still running; its bundle is told at its end.")
            made = bundle_of(self.episode, origin_of(self.world, self._world_name))
        self._log.say("bundle", episode=self.id, digest=made["digest"])
        return canonical.to_bytes(made)

    def end(self, why: str) -> None:
        """Put the world back, once, and return when it is. An episode that still runs is void for the reason given."""
        with self.lock:
            if not self._ended:
                self._ended = True
                if not self.episode.done:
                    self._close(why)
                put_back(self.world, self._log)
        if self._beside is not None:
            self._beside.join()

    def _put_back_beside(self) -> None:
        """Nothing asks the world any more; the last step's answer does not wait for it."""
        self._ended = True
        self._beside = threading.Thread(target=put_back, args=(self.world, self._log), name=f"ends {self.id}")
        self._beside.start()

    def _void(self, error: Exception) -> LabFault:
        """The lab broke in this step: also where the world raised what a world should not raise."""
        self._log.exception(self.id, error)
        fault = error if isinstance(error, LabFault) else LabFault(f"The lab failed inside ({type(error).__name__}).")
        self._close(str(fault))
        return LabFault(f"{_sentence(str(fault))} The episode is void; reset to begin another.")

    def _close(self, why: str) -> None:
        self.episode.void(why)
        said = f"The episode is void: {_sentence(why)}"
        self.episode.last = StepResult(None, (), 0, self.episode.units, True, said)

    def _answer(self, result: StepResult) -> dict[str, Any]:
        seen = observation(self.episode, result)
        score, reason = result.reward, seen["feedback"]
        return {
            "observation": seen,
            "reward": {"score": score, "reason": reason, "cumulative": result.cumulative, "value": score},
            "done": result.done,
            "info": self._info(result),
        }

    def _info(self, result: StepResult) -> dict[str, Any]:
        outcome = result.entry.answer if result.entry is not None else None
        known = {"settled": outcome.settled, "composed": outcome.composed} if isinstance(outcome, Outcome) else {}
        return {"reward_parts": result.named_parts, "world": {"name": self._world_name, **known}}


def put_back(world: World, log: Log) -> None:
    """A world that does not go back to its baseline is told of; the next one begins by healing anyway."""
    try:
        world.end()
    except Exception as error:
        log.exception("-", error)


def void_grade(scenario: Scenario, why: str, shown: str) -> dict[str, Any]:
    """Of an episode whose world never came to its incident."""
    return _facts(Grade("void", None, (), f"The lab failed, not the agent: {why}"), scenario, shown, 0, True)


def _grade(episode: Episode) -> dict[str, Any]:
    return _facts(episode.grade(), episode.scenario, episode.shown_scenario, len(episode.entries), episode.done)


def _facts(grade: Grade, scenario: Scenario, shown: str, steps_used: int, done: bool) -> dict[str, Any]:
    return {
        "total": grade.total,
        "breakdown": {part.name: {"points": part.points, "reason": part.reason} for part in grade.breakdown},
        "feedback": grade.feedback,
        "task_id": scenario.task.id,
        "scenario_id": shown,
        "steps_used": steps_used,
        "done": done,
        "verdict": grade.verdict,
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
