"""What was played so far, a row a report: for those who play several incidents, and for whoever keeps the score."""

from pathlib import Path
from typing import Any

from lab.report.figures import points, score
from lab.report.files import TRAJECTORY
from lab.report.trajectory import Trajectory

COLUMNS = ("begun", "incident", "player", "score", "steps", "hints", "rewards")


def standings(runs: Path) -> list[dict[str, Any]]:
    """In the order in which they ended."""
    files = sorted(runs.glob(f"*/{TRAJECTORY}"), key=lambda file: file.stat().st_mtime_ns)
    return [_row(Trajectory.read(file)) for file in files]


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
