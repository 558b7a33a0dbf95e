"""Programs run as values: an argv in, text out, and an error that carries all three of argv, output and code."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabFault

TAIL_LINES = 12
handed_down: set[int] = set()
"""File descriptors that every program started here inherits (see lab.cluster.lock)."""


class CommandFailed(LabFault):
    def __init__(self, argv: Sequence[str], code: int | None, output: str) -> None:
        self.argv, self.code, self.output = tuple(argv), code, output
        how = "took too long" if code is None else f"ended with code {code}"
        tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
        super().__init__(f"`{shlex.join(argv)}` {how}" + (f":\n{tail}" if tail else "."))


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float = 600,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
) -> str:
    """Run to the end and return what it printed on stdout; raise CommandFailed for any other end."""
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            timeout=timeout,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            pass_fds=tuple(handed_down),
            input=stdin.encode(),
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(words, 127, f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(words, None, _text(error.output) + _text(error.stderr)) from error
    if done.returncode:
        raise CommandFailed(words, done.returncode, _text(done.stdout) + _text(done.stderr))
    return _text(done.stdout)


def succeeds(argv: Sequence[str | Path], *, timeout: float = 30) -> bool:
    try:
        run(argv, timeout=timeout)
    except CommandFailed:
        return False
    return True


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")
