"""Servers as processes of their own: started as users start them, watched, and ended."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from lab.bench.wire import Answer, Connection
from lab.cluster.wait import NotYet, wait_until
from lab.errors import LabFault, Missing

LOOPBACK, PATIENCE, EVERY = "127.0.0.1", 60.0, 0.01
ENDING = 15.0
# Seconds of watching, and the part of a processor that counts as none.
QUIET, IDLE = 1.0, 0.05


class Served(NamedTuple):
    pid: int
    port: int
    seconds: float
    """From the start of the process to its first answer."""

    def settle(self) -> None:
        """Until what a server loads behind the scenes is there: it is idle."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(QUIET)
            if self.cpu_seconds() - before < IDLE * QUIET:
                return
        raise LabFault(f"The server to be measured is still busy after {PATIENCE:.0f} s, and nobody asks it anything.")

    def cpu_seconds(self) -> float:
        """What the process has had of the processor so far."""
        fields = _proc(self.pid, "stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        return rss_mb_of(self.pid)


def rss_mb_of(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", _proc(pid, "status"))
    assert found, "the kernel tells it of every process that lives"
    return int(found[1]) * 1024 / 1e6


@contextmanager
def lab_server(**settings: str) -> Iterator[Served]:
    port = _free_port()
    argv = [sys.executable, "-m", "lab", "serve", "--world", "recorded", "--port", str(port)]
    with _process(argv, port, ("POST", "/reset"), settings) as served:
        yield served


@contextmanager
def ceiling(kind: str, *arguments: str) -> Iterator[Served]:
    port = _free_port()
    argv = [sys.executable, "-m", "lab.bench.ceilings", kind, str(port), *arguments]
    with _process(argv, port, ("GET", "/openapi.json"), {}) as served:
        yield served


@contextmanager
def _process(argv: Sequence[str], port: int, ask: tuple[str, str], settings: dict[str, str]) -> Iterator[Served]:
    # Compiled modules are kept between starts, as they are wherever nobody forbids it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | settings
    since = time.monotonic()
    with TemporaryFile() as said:
        running = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        try:
            _await_answer(running, port, ask, said)
            yield Served(running.pid, port, time.monotonic() - since)
        finally:
            _end(running)


def _await_answer(running: "subprocess.Popen[bytes]", port: int, ask: tuple[str, str], said: IO[bytes]) -> None:
    try:
        answer = wait_until(lambda: _answer(running, port, ask), PATIENCE, every=EVERY)
    except LabFault as silent:
        raise LabFault(f"The server to be measured did not answer; its last words: {_last_words(said)}") from silent
    if answer.status != 200:
        raise LabFault(f"The server to be measured answered {answer.status}: {answer.body[:300].decode()}")


def _answer(running: "subprocess.Popen[bytes]", port: int, ask: tuple[str, str]) -> Answer:
    if running.poll() is not None:
        raise LabFault(f"The server to be measured has ended, with exit code {running.returncode}.")
    try:
        with Connection(port) as connection:
            return connection.ask(*ask)
    except ConnectionError as refused:
        raise NotYet("it takes no connection") from refused


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-500:].decode(errors="replace").strip() or "none."


def _end(running: "subprocess.Popen[bytes]") -> None:
    running.terminate()
    try:
        running.wait(ENDING)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as found:
        return int(found.getsockname()[1])


def _proc(pid: int, name: str) -> str:
    path = Path(f"/proc/{pid}/{name}")
    if not path.exists():
        raise Missing(
            "What a process uses is read from /proc, which this system does not have; run `lab bench` on Linux."
        )
    return path.read_text()
