"""Where reports lie, and both files of one."""

import re
from pathlib import Path

from lab.report.page import page
from lab.report.trajectory import Trajectory

RUNS = Path("runs")
TRAJECTORY, REPORT = "trajectory.jsonl", "report.html"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def save(trajectory: Trajectory, runs: Path = RUNS) -> Path:
    """Both files into a folder of the episode's own; the page's path comes back."""
    # An episode's name may have come from a client.
    name = _UNFIT.sub("_", str(trajectory.opening.observation["episode_id"])).lstrip(".") or "episode"
    folder = runs / name
    trajectory.write(folder / TRAJECTORY)
    return rebuild(folder / TRAJECTORY)


def rebuild(file: Path) -> Path:
    """The page of a trajectory, beside it."""
    made = file.with_name(REPORT)
    made.write_text(page(Trajectory.read(file)), encoding="utf-8")
    return made
