"""What a server process uses, read from /proc, and how much more of it is still noise."""

import time
from pathlib import Path
from typing import NamedTuple

from lab.bench.processes import rss_mb_of

GROWTH_MB, MORE_FILES = 25.0, 8
# A program that is run has pipes for moments: several readings, of which the lowest counts.
READINGS, APART = 6, 0.5


class Use(NamedTuple):
    rss_mb: float
    files: int
    threads: int

    def __str__(self) -> str:
        return f"{self.rss_mb:6.1f} MB, {self.files} files, {self.threads} threads"


def use_of(pid: int) -> Use:
    place = Path(f"/proc/{pid}")
    return Use(rss_mb_of(pid), _entries(place / "fd"), _entries(place / "task"))


def steady_use_of(pid: int) -> Use:
    read = []
    for _ in range(READINGS):
        read.append(use_of(pid))
        time.sleep(APART)
    return Use(*map(min, zip(*read, strict=True)))


def _entries(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())
