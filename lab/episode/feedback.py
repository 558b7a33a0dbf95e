"""What a step earned, in words, and never more about the answer than that."""

from functools import lru_cache

from lab.actions import Submission
from lab.episode.episode import Episode, StepResult
from lab.grading import UNIT

_WHY = {
    "first_query": "first look at this service",
    "new_kind": "a new kind of look at a service already known",
    "repeat": "the same query was made before; its evidence is measured afresh",
    "invalid": "this could not be done",
    "key_remedy": "this remedy belongs to the repair",
    "other_remedy": "this remedy is not part of the repair, or was done before",
    "late": "past the halfway mark",
    "unsubmitted": "the steps are used up without a submission",
    "score": "the grader's score",
}


def feedback_of(episode: Episode, result: StepResult | None) -> str:
    if result is None:
        return _opening(episode)
    if result.entry is None:
        return f"Nothing was done and nothing earned. {result.error}"
    earned = "; ".join(f"{_signed(units)} {_WHY[name]}" for name, units in result.parts)
    return " ".join(part for part in (f"{earned}.", result.error, _ending(episode, result)) if part)


def _opening(episode: Episode) -> str:
    task = episode.scenario.task
    return f"The alert has fired. You have {task.max_steps} steps; end with {task.submission}."


def _ending(episode: Episode, result: StepResult) -> str:
    if not result.done:
        left = episode.max_steps - len(episode.entries)
        return "1 step is left." if left == 1 else f"{left} steps are left."
    submitted = result.entry is not None and type(result.entry.move) is Submission
    return episode.grade().feedback if submitted else "The episode is over."


@lru_cache(maxsize=1024)
def _signed(units: int) -> str:
    return f"{units / UNIT:+.4f}".rstrip("0").ljust(5, "0")
