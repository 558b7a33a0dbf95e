"""alert_classification: how near is the severity?"""

from lab.actions import SEVERITIES
from lab.grading.key import Key
from lab.grading.result import Part, Trajectory
from lab.grading.submission import submission_of

BY_DISTANCE = (10_000, 5_000, 2_500, 0)


def parts(key: Key, trajectory: Trajectory) -> tuple[Part, ...]:
    submitted = submission_of(trajectory)
    right = key.scenario.answer.severity
    if submitted is None:
        return (Part("severity", 0, "No severity was submitted."),)
    distance = abs(_rank(submitted.says) - _rank(right))
    words = "exactly right" if distance == 0 else f"{distance} off from {right}"
    return (Part("severity", BY_DISTANCE[distance], f"{submitted.says} is {words}."),)


def _rank(severity: str) -> int:
    return [str(one) for one in SEVERITIES].index(severity)
