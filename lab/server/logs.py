"""The server's own log: a JSON line on stderr for each step, reset and fault."""

import asyncio
import json
import sys
import traceback
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from pydantic_core import to_json

from lab.actions import Move, name_of, parameters_of
from lab.episode import Episode, StepResult
from lab.scenarios import Scenario

# A summary may be long; the log says which action it was, not the essay.
_SHOWN = 80
# Each write gives way to the process's other threads, which costs more than the step that it tells of.
_GATHERED_SECONDS = 0.25


class Log:
    """Lines are written at once, or, while a server gathers them, a few times a second; a fault is told at once."""

    def __init__(self, stream: TextIO | None = None, *, steps: bool = True) -> None:
        self._stream, self._steps = stream, steps
        self._lines: deque[str] = deque()
        self._gathers = False

    def step(self, episode: Episode, move: Move, result: StepResult) -> None:
        if self._steps:
            self._tell(
                "info",
                event="step",
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
            self.say("reset", episode=episode, scenario=scenario.id, world=world, seconds=round(seconds, 3))

    def exception(self, episode: str, error: Exception) -> None:
        self._tell("error", event="fault", episode=episode, exception="".join(traceback.format_exception(error)))
        self.flush()

    def say(self, event: str, **facts: Any) -> None:
        self._tell("info", event=event, **facts)

    def flush(self) -> None:
        """Write what was gathered."""
        lines = []
        with suppress(IndexError):
            while True:
                lines.append(self._lines.popleft())
        if lines:
            stream = self._stream or sys.stderr
            stream.write("".join(lines))
            stream.flush()

    async def gather(self, stop: asyncio.Event) -> None:
        """Until then, lines are written a few times a second."""
        self._gathers = True
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _GATHERED_SECONDS)
            self.flush()
        self._gathers = False

    def _tell(self, level: str, **facts: Any) -> None:
        told = {**facts, "level": level, "timestamp": datetime.now(UTC).isoformat()}
        self._lines.append(_plain(to_json(told, fallback=str, inf_nan_mode="strings").decode()) + "\n")
        if not self._gathers:
            self.flush()


def _plain(line: str) -> str:
    """A log is read in a terminal, and a client's words stand in it: what could act there is written out."""
    return line if line.isascii() and line.isprintable() else json.dumps(json.loads(line)).replace("\x7f", "\\u007f")
