"""Looks at the machine before anything is made, and says of each finding what to do about it."""

import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lab.cluster import engine, kind, node_image
from lab.cluster.paths import CLUSTER, cache_dir
from lab.cluster.process import run
from lab.errors import LabError, Missing

Verdict = Literal["good", "poor", "bad"]
GIB = 1024**3
MEMORY_NEEDED, MEMORY_WANTED = 4 * GIB, 6 * GIB
# A warm start needs the images and four nodes; a cold one compiles Kubernetes as well.
DISK_WARM, DISK_COLD = 8 * GIB, 20 * GIB
# Counted on a running cluster of four nodes: 77 instances, about 19 a node.
INOTIFY_INSTANCES, INOTIFY_WATCHES = 80, 20_000
# Where API and page are served unless another is named.
PORT = 7860
EARLIEST_BELIEVABLE = time.mktime((2025, 1, 1, 0, 0, 0, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Finding:
    """`poor` may do and is worth knowing; `bad` would end `lab up` in trouble."""

    about: str
    verdict: Verdict
    says: str
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def findings() -> list[Finding]:
    """Those that need an engine are left out where there is none, since one answer explains them all."""
    first = [check() for check in (_engine, _clock, _memory, _disk, _inotify)]
    if first[0].verdict == "bad":
        return first
    return first + [_checked(check) for check in (_cgroups, _kind, _node_image, _cluster, _port)]


def _checked(check: Callable[[], Finding]) -> Finding:
    """A check that fails is a finding, too."""
    try:
        return check()
    except LabError as error:
        return Finding(check.__name__.strip("_").replace("_", " "), "bad", str(error))


def require_healthy() -> None:
    """What `lab up` asks before it starts: the first bad finding ends it, with what to do."""
    engine.require_engine()
    for check in (_clock, _memory, _disk, _inotify, _cluster):
        found = check()
        if found.verdict == "bad":
            raise Missing(f"{found.says} {found.do}")


def _engine() -> Finding:
    try:
        engine.require_engine()
    except Missing as error:
        said, _, todo = str(error).partition("; ")
        return Finding("engine", "bad", f"{said}.", todo)
    return Finding("engine", "good", f"Docker {engine.facts()[0]} answers.")


def _clock() -> Finding:
    if time.time() < EARLIEST_BELIEVABLE:
        return Finding("clock", "bad", f"The clock says {time.ctime()}.", "Set it: certificates would not be valid.")
    return Finding("clock", "good", f"The clock says {time.ctime()}.")


def _memory() -> Finding:
    free = _available_memory()
    if free is None:
        return Finding("memory", "poor", "Free memory cannot be read on this system.", "The lab needs 4 GiB.")
    says = f"{free / GIB:.1f} GiB of memory are free."
    if free < MEMORY_NEEDED and not _has_cluster():
        return Finding("memory", "bad", says, "The lab needs 4 GiB; end other programs, or give Docker more.")
    return Finding("memory", "good" if free >= MEMORY_WANTED else "poor", says)


def _has_cluster() -> bool:
    """A cluster that is up already has what it needs of the machine."""
    try:
        return bool(kind.nodes())
    except engine.EngineFailed:
        return False


def _available_memory() -> int | None:
    table = Path("/proc/meminfo")
    if not table.is_file():
        return None
    kib = next(line.split()[1] for line in table.read_text().splitlines() if line.startswith("MemAvailable"))
    return int(kib) * 1024


def _disk() -> Finding:
    free = shutil.disk_usage(cache_dir()).free
    needed = DISK_WARM if node_image.is_at_hand() else DISK_COLD
    says = f"{free / GIB:.0f} GiB of disk are free where the lab keeps its cache."
    if free < needed:
        return Finding("disk", "bad", says, f"It needs {needed / GIB:.0f} GiB; free some, or set LAB_CACHE elsewhere.")
    return Finding("disk", "good", says)


def _inotify() -> Finding:
    folder = Path("/proc/sys/fs/inotify")
    if not folder.is_dir() or _has_cluster():
        return Finding("inotify", "good", "The limits are not in the way.")
    instances, watches = (int((folder / f"max_user_{name}").read_text()) for name in ("instances", "watches"))
    free = instances - _inotify_instances_used()
    if free < INOTIFY_INSTANCES:
        enough = instances - free + INOTIFY_INSTANCES
        return Finding("inotify", "bad", *_raise_it("instances", f"{free} are free", INOTIFY_INSTANCES, enough))
    if watches < INOTIFY_WATCHES:
        return Finding("inotify", "bad", *_raise_it("watches", f"it is {watches}", INOTIFY_WATCHES, INOTIFY_WATCHES))
    return Finding("inotify", "good", f"{free} instances are free; four nodes need {INOTIFY_INSTANCES}.")


def _raise_it(name: str, have: str, needed: int, enough: int) -> tuple[str, str]:
    setting = f"fs.inotify.max_user_{name}"
    return (
        f"Of {setting} {have}, and four nodes need {needed}.",
        f"Raise it, `sysctl {setting}={enough}`, or end another cluster.",
    )


def _inotify_instances_used() -> int:
    """As far as this user may look: each is an open file of some process."""
    return sum(1 for file in Path("/proc").glob("[0-9]*/fd/*") if _target(file) == "anon_inode:inotify")


def _target(file: Path) -> str:
    try:
        return os.readlink(file)
    except OSError:  # the process ended, or is somebody else's
        return ""


def _cgroups() -> Finding:
    return Finding("cgroups", "good", f"Version {engine.facts()[1]}; both are supported.")


def _kind() -> Finding:
    program = kind.installed()
    if program:
        return Finding("kind", "good", run([program, "version"]).strip())
    return Finding("kind", "good", "None that is new enough is installed; the lab compiles its own into its cache.")


def _port() -> Finding:
    """Only a server of one's own needs it, and it may be told another."""
    with socket.socket() as asked:
        taken = asked.connect_ex(("127.0.0.1", PORT)) == 0
    if taken:
        return Finding(
            "port", "poor", f"Port {PORT} is in use.", "Where it is not the lab's own: `--port` names another."
        )
    return Finding("port", "good", f"Port {PORT} is free, for API and page.")


def _node_image() -> Finding:
    at_hand = node_image.is_at_hand()
    says = f"{node_image.way().capitalize()}; " + ("it is here." if at_hand else "it is not here yet.")
    return Finding("node image", "good" if at_hand else "poor", says, "" if at_hand else "`lab up` gets it.")


def _cluster() -> Finding:
    found = kind.nodes()
    try:
        kind.refuse_strangers(found)
    except Missing as error:
        return Finding("cluster", "bad", str(error))
    if not found:
        return Finding("cluster", "good", f"No cluster `{CLUSTER}` yet.")
    if kind.is_whole(found):
        return Finding("cluster", "good", f"`{CLUSTER}` is up.")
    says = f"`{CLUSTER}` is half made, or its nodes stand elsewhere since the engine started again."
    return Finding("cluster", "poor", says, "`lab up` makes it anew.")
