"""Long work as a list of named steps: each is shown with its time, ✓ or ✗, and undone steps stay visible."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from lab.cluster.beside import every

BEAT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    act: Callable[[], object]


class Reporter(Protocol):
    def started(self, name: str) -> None: ...
    def moving(self, name: str, seconds: float) -> None: ...
    def finished(self, name: str, seconds: float, ok: bool) -> None: ...


class StderrReporter:
    """Progress goes to stderr, so that stdout stays data. A line a step; a beat where a step takes long."""

    def started(self, name: str) -> None:
        if sys.stderr.isatty():
            self._write(f"\r  … {name}")

    def moving(self, name: str, seconds: float) -> None:
        self._write(f"\r  … {name} ({seconds:.0f} s so far)" + ("" if sys.stderr.isatty() else "\n"))

    def finished(self, name: str, seconds: float, ok: bool) -> None:
        clear = "\r\033[K" if sys.stderr.isatty() else ""
        self._write(f"{clear}  {'✓' if ok else '✗'} {name}  {seconds:.1f} s\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def run_steps(steps: Sequence[Step], reporter: Reporter | None = None) -> None:
    """Run the steps in order; the first that fails ends the run with its own error."""
    told = reporter or StderrReporter()
    for step in steps:
        with reported(step.name, told):
            step.act()


@contextmanager
def reported(name: str, reporter: Reporter) -> Iterator[None]:
    start, ok = time.monotonic(), False
    reporter.started(name)
    try:
        with every(BEAT_SECONDS, lambda: reporter.moving(name, time.monotonic() - start)):
            yield
        ok = True
    finally:
        reporter.finished(name, time.monotonic() - start, ok)
