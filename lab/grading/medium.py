"""root_cause_analysis: the right service, how it failed, and how quickly; all only with evidence."""

from lab.actions import Query, Submission
from lab.grading.key import Key
from lab.grading.result import Part, Trajectory, efficiency, share
from lab.grading.submission import failure_mode_said, submission_of
from lab.grading.trying import tried_out

SERVICE, FAILURE_MODE, EFFICIENCY = 3_500, 2_500, 4_000
GUESS = 1_500
WRONG_LEAST, WRONG_MOST = 500, 2_000


def parts(key: Key, trajectory: Trajectory) -> tuple[Part, ...]:
    submitted = submission_of(trajectory)
    if submitted is None:
        return (Part("service", 0, "No root cause was submitted."),)
    if submitted.service != key.culprit:
        return (_wrong(key, trajectory, submitted),)
    if not any(move in key.clues for move in trajectory.moves if isinstance(move, Query)):
        return (Part("guess", GUESS, "The service is right, but no evidence that names it was looked at: a guess."),)
    if tried_out(key, trajectory):
        return (Part("guess", GUESS, "The service is right, but found by trying remedies, not by reading: a guess."),)
    return _right(key, trajectory, submitted)


def _right(key: Key, trajectory: Trajectory, submitted: Submission) -> tuple[Part, ...]:
    said = failure_mode_said(key, submitted.says)
    used = len(trajectory.moves)
    quick = efficiency(used, key.careful_steps, key.max_steps)
    return (
        Part("service", SERVICE, f"{submitted.service} is at fault, and evidence that names it was looked at."),
        Part("failure_mode", share(FAILURE_MODE, said.worth), said.reason),
        Part("efficiency", share(EFFICIENCY, quick), _pace(used, key)),
    )


def _pace(used: int, key: Key) -> str:
    return f"{used} steps; a careful reader needs {key.careful_steps}, and {key.max_steps} are the most."


def _wrong(key: Key, trajectory: Trajectory, submitted: Submission) -> Part:
    asked = {move.service for move in trajectory.moves if isinstance(move, Query)}
    looked, there = len(asked & key.evidence_services), len(key.evidence_services)
    units = WRONG_LEAST + share(WRONG_MOST - WRONG_LEAST, looked / there)
    reason = f"{submitted.service} is not at fault; {looked} of {there} services with evidence were looked at."
    return Part("wrong_service", units, reason)
