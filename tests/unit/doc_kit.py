"""Documents as things to try: their command blocks, run as written in a scratch copy of the checkout.

What stands behind ```bash says where a block can run. Nothing: anywhere, in the recorded world. `server`: the same, and
it goes on until the document ends. `live`: on the cluster that is up. `elsewhere`: by hand. A block ```text typed is
what a person types into the command before it, and ```text output what that command shows, with ... for what differs.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = (".git", ".venv", "__pycache__", ".hypothesis", ".*_cache", "runs", "wheels", "dist", "*.partial")
WORDS = {"", "server", "live", "elsewhere"}
NOT_INHERITED = ("LAB_WORLD", "LAB_TAKES", "WORLD", "PYTEST_", "MAKE", "MFLAGS")
USUAL_PORT = "7860"
PATIENCE, START_SECONDS = 100.0, 60.0
_FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<word>\w+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# The packages are there: what a change of pyproject.toml asks for is not for a test to fetch.
_PRELUDE = 'set -euo pipefail\nmake() { command make -o .venv/.installed "$@"; }\n'


@dataclass(frozen=True)
class Command:
    """A block of commands, with what is typed into it and what it prints where the document says so."""

    document: str
    line: int
    word: str
    text: str
    typed: str | None = None
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def commands_of(document: str) -> list[Command]:
    whole = (ROOT / document).read_text(encoding="utf-8")
    found: list[Command] = []
    for fence in _FENCE.finditer(whole):
        language, word, text = fence["language"], fence["word"] or "", fence["text"]
        if language == "bash":
            found.append(Command(document, whole[: fence.start()].count("\n") + 1, word, text))
        elif language == "text" and word in ("typed", "output"):
            found[-1] = Command(**{**vars(found[-1]), word: text})
    return found


def inherited() -> dict[str, str]:
    """The environment without what would decide for a reader what a command does."""
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}


def copy_of_checkout(to: Path) -> Path:
    """As a fresh clone would be, with the packages already there."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True, dirs_exist_ok=True)
    (to / ".venv").symlink_to(ROOT / ".venv")
    return to


class Reader:
    """Somebody who goes through a document: a folder, a port, and what is left running until the end."""

    def __init__(self, folder: Path, world: Mapping[str, str]) -> None:
        self._folder, self._port = folder, _free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        own = {"PORT": str(self._port), "ENV_BASE_URL": self._url, "PATH": path, "PYTHONPATH": str(folder)}
        self._environ = {
            **inherited(),
            **own,
            **world,
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=PATIENCE)

    def does(self, command: Command, patience: float = PATIENCE) -> None:
        if command.word == "server":
            self._starts(command)
        else:
            self._runs(command, patience)

    def _runs(self, command: Command, patience: float) -> None:
        done = subprocess.run(
            self._argv(command), cwd=self._folder, env=self._environ, input=command.typed or "", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=patience, check=False,
        )  # fmt: skip
        said = f"{command}\n{command.text}\nexit code {done.returncode}\n{done.stdout}"
        assert done.returncode == 0, said
        if command.output is not None:
            assert matches(command.output, done.stdout), f"{said}\n--- the document says\n{command.output}"

    def _starts(self, command: Command) -> None:
        # A group of its own: `make` and what it started end together.
        self._running.append(
            subprocess.Popen(
                self._argv(command), cwd=self._folder, env=self._environ, text=True, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._running[-1].poll() is None, f"{command}: it ended"
            assert time.monotonic() < deadline, f"{command}: nothing answers on port {self._port}"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self._url}/health").is_success
        except httpx.HTTPError:
            return False

    def _argv(self, command: Command) -> list[str]:
        # Port 7860 may be somebody's: the same commands are run on one that is free.
        return ["bash", "-c", _PRELUDE + command.text.replace(USUAL_PORT, str(self._port))]


def matches(wanted: str, got: str) -> bool:
    return OutputChecker().check_output(wanted, got, ELLIPSIS | NORMALIZE_WHITESPACE)


def links_of(document: Path) -> Iterator[str]:
    """Where its links lead inside the checkout, anchors left out."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors_of(document: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@contextmanager
def reader_in(folder: Path, world: Mapping[str, str]) -> Iterator[Reader]:
    with Reader(copy_of_checkout(folder), world) as reader:
        yield reader


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
