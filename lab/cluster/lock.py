"""One hand at a time on the cluster: a second `lab up` waits for the first, and none comes beside an episode."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Self

from lab.cluster import process
from lab.cluster.paths import CLUSTER, cache_dir
from lab.cluster.wait import NotYet, wait_until
from lab.errors import Missing

PATIENCE = 1800.0


@contextmanager
def exclusive() -> Iterator[None]:
    """Held by this process *and the programs it starts*: a killed `lab up` leaves the lock to the `kind` that it
    was running, so that the next one starts only when nothing is at work any more."""
    with (cache_dir() / f"{CLUSTER}.lock").open("a+") as file:
        _acquire(file)
        process.handed_down.add(file.fileno())
        try:
            yield
        finally:
            process.handed_down.discard(file.fileno())


def _acquire(file: IO[str]) -> None:
    if not _try(file):
        file.seek(0)
        sys.stderr.write(f"Another lab command (process {file.read().strip()}) works on the cluster; waiting for it.\n")
        wait_until(lambda: _must(file), PATIENCE, every=0.5, what="another lab command to end")
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()


def _must(file: IO[str]) -> None:
    if not _try(file):
        raise NotYet("it still runs")


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Hold:
    """One episode at a time has the cluster, whichever process plays it; gone with the process that has it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    @property
    def held(self) -> bool:
        return self._file is not None

    def take(self) -> None:
        """What this process has already, it keeps."""
        if self.held:
            return
        file = (cache_dir() / f"{CLUSTER}.episode.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise Missing(f"Another episode has the cluster (process {holder}); end it first.") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def give_back(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
