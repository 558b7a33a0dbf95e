"""What was played so far, a row a report: for those who play several incidents, and for whoever keeps the score."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.errors import Usage
from lab.report.figures import points, score
from lab.report.files import TRAJECTORY
from lab.report.trajectory import Trajectory

COLUMNS = ("begun", "incident", "player", "score", "steps", "hints", "rewards")


def standings(runs: Path, leave_out: Callable[[Usage], None]) -> list[dict[str, Any]]:
    """In the order in which they ended; of one that cannot be read, the others' scores say nothing."""
    files = sorted(runs.glob(f"*/{TRAJECTORY}"), key=lambda file: file.stat().st_mtime_ns)
    return [_row(trajectory) for file in files if (trajectory := _read(file, leave_out))]


def _read(file: Path, leave_out: Callable[[Usage], None]) -> Trajectory | None:
    try:
        return Trajectory.read(file)
    except Usage as unreadable:
        leave_out(unreadable)
        return None


def told(row: dict[str, Any]) -> list[str]:
    total = "none" if row["score"] is None else score(row["score"])
    return [
        *map(str, (row["begun"], row["incident"], row["player"])),
        total,
        str(row["steps"]),
        str(row["hints"]),
        points(row["rewards"]),
    ]


def _row(trajectory: Trajectory) -> dict[str, Any]:
    opening, steps = trajectory.opening, trajectory.steps
    return {
        "begun": opening.started,
        "incident": opening.observation["scenario_id"],
        "world": opening.world,
        "player": opening.player,
        "score": trajectory.score,
        "steps": len(steps),
        "hints": len(trajectory.hints),
        "rewards": steps[-1].cumulative if steps else 0.0,
        "episode": opening.observation["episode_id"],
    }
