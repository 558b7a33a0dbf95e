"""What a score depends on beside the trajectory, each as a digest: the answer key, the grader, the world."""

from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from lab.errors import LabError
from lab.grading import VERSION
from lab.scenarios import Scenario, load_all
from lab.trust.canonical import digest
from lab.world import World

# What decides on rewards and scores; the words of the feedback are of it, as they stand in a grade.
_PARTS = (
    ("lab.grading", "*"),
    ("lab.actions", "*"),
    ("lab.episode", "admit"),
    ("lab.episode", "episode"),
    ("lab.episode", "play"),
    ("lab.episode", "rates"),
    ("lab", "plain"),
)


RECORDED = "recorded"
# What each world tells of itself; one that is gone tells its name alone.
TOLD = {RECORDED: {"name", "take", "sha256", "date", "kubernetes", "commit", "source"}}
TOLD_BY_OTHERS = {"name", "cluster", "kubernetes"}


@lru_cache(maxsize=64)
def key_digest(scenario: Scenario) -> str:
    """Of the whole scenario, of its bounds, and of all that a submission may claim instead of what happened."""
    failure_modes = {one.id: one.answer.model_dump(mode="json")["failure_mode"] for one in load_all().values()}
    bounds = {"max_steps": scenario.task.max_steps, "looks_needed": scenario.looks_needed}
    return digest({"scenario": scenario.model_dump(mode="json"), "failure_modes": failure_modes, **bounds})


@cache
def grader() -> dict[str, Any]:
    """The version that people count, and a digest of the code itself."""
    return {"version": VERSION, "source": _source()}


def origin_of(world: World, name: str) -> dict[str, str]:
    """Which world it was and, where it can tell, which recording or cluster."""
    try:
        told: Mapping[str, str] = getattr(world, "origin", dict)()
    except LabError:
        # A void episode's cluster may be gone.
        told = {}
    return {"name": name, **told}


def _source() -> str:
    whole = sha256()
    for package, wanted in _PARTS:
        for file in sorted(files(package).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".py") and wanted in ("*", file.name.removesuffix(".py")):
                whole.update(f"{package}.{file.name}\0".encode() + file.read_bytes() + b"\0")
    return whole.hexdigest()
