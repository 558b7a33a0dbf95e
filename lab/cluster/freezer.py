"""Frees what a node's own runtime had frozen when the node was killed.

With cgroup v1 runc freezes a container's group for a moment while it sets it up. A node killed in that moment leaves
a frozen process, which no signal reaches, and the engine waits for its end for ever. Cgroup v2 lets a frozen process be
killed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup/freezer")


def thaw(containers: Iterable[str], groups: Path = GROUPS) -> int:
    """Only below the groups of these containers; nothing where the engine runs on another machine."""
    frozen = [state for container in containers for state in _frozen(groups, container)]
    return sum(_freed(state) for state in frozen)


def _freed(state: Path) -> bool:
    """Not where the group has gone meanwhile, or this user may not: the engine is asked once more anyway."""
    try:
        state.write_text("THAWED")
    except OSError:
        return False
    return True


def _frozen(groups: Path, container: str) -> Iterator[Path]:
    for own in groups.glob(f"**/{container}"):
        yield from (state for state in own.rglob("freezer.state") if _is_frozen(state))


def _is_frozen(state: Path) -> bool:
    try:
        return state.read_text().strip() != "THAWED"
    except OSError:
        return False
