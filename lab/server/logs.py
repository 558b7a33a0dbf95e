"""The server's own log: a JSON line on stderr for each step, reset and fault."""

import sys
from typing import Any, TextIO

import structlog
from pydantic_core import to_json

from lab.actions import Move, name_of, parameters_of
from lab.episode import Episode, StepResult
from lab.scenarios import Scenario

# A summary may be long; the log says which action it was, not the essay.
_SHOWN = 80


class Log:
    def __init__(self, stream: TextIO | None = None, *, steps: bool = True) -> None:
        processors: list[Any] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ]
        self._log = structlog.wrap_logger(structlog.WriteLogger(stream or sys.stderr), processors=processors).bind()
        self._steps = steps

    def step(self, episode: Episode, move: Move, result: StepResult) -> None:
        if self._steps:
            self._log.info(
                "step",
                episode=episode.id,
                scenario=episode.scenario.id,
                step=len(episode.entries),
                action=name_of(move),
                parameters=str(parameters_of(move))[:_SHOWN],
                reward=result.reward,
                done=result.done,
            )

    def reset(self, episode: str, scenario: Scenario, world: str, seconds: float) -> None:
        if self._steps:
            self._log.info("reset", episode=episode, scenario=scenario.id, world=world, seconds=round(seconds, 3))

    def exception(self, episode: str, error: Exception) -> None:
        self._log.error("fault", episode=episode, exc_info=error)

    def say(self, event: str, **facts: Any) -> None:
        self._log.info(event, **facts)


def _json(facts: Any, **_options: Any) -> str:
    return to_json(facts, fallback=str, inf_nan_mode="strings").decode()
