"""A score bundle: an ended episode as a chain of digests that anybody computes again from its moves.

The texts that were seen are not in it, only their digests: a bundle proves a score, and a report tells a story.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lab.actions import Invalid, Move
from lab.episode import Entry, Episode, StepResult
from lab.episode.episode import Answer
from lab.grading import Grade
from lab.trust.canonical import digest, linked
from lab.trust.identity import grader, key_digest
from lab.world import Health

FORMAT = 1
Table = dict[str, Any]


def bundle_of(episode: Episode, origin: Mapping[str, str]) -> Table:
    head, ending = _head(episode, origin), _ending(episode)
    link = linked("", head)
    steps = []
    for entry, result in zip(episode.entries, _results(episode), strict=True):
        step = _step(entry, result)
        link = linked(link, step)
        steps.append({**step, "chain": link})
    return {**head, "steps": steps, "ending": ending, "digest": linked(link, ending)}


def _head(episode: Episode, origin: Mapping[str, str]) -> Table:
    alert = asdict(episode.alert)
    return {
        "format": FORMAT,
        "episode_id": episode.id,
        "task_id": episode.scenario.task.id,
        "scenario_id": episode.scenario.id,
        "seed": episode.seed,
        "blind": episode.blind,
        "world": dict(origin),
        "key": key_digest(episode.scenario),
        "grader": grader(),
        "alert": digest(alert),
    }


def _results(episode: Episode) -> Iterator[StepResult]:
    """What each step earned: the episode is played once more from its own entries."""
    anew = Episode(episode.scenario, episode.seed, episode.alert, episode.flags, episode.id, episode.blind)
    return (anew.record(entry) for entry in list(episode.entries))


def _step(entry: Entry, result: StepResult) -> Table:
    return {
        "move": move_table(entry.move),
        "answer": answer_digest(entry.answer),
        "flags": None if entry.flags is None else dict(entry.flags),
        "health": health_table(entry.health),
        "earned": [[name, units] for name, units in result.parts],
    }


def move_table(move: Move) -> Table:
    """A move that could not be done is kept without its parameters, which may be anything."""
    if isinstance(move, Invalid):
        return {"is": "invalid", "action_type": move.action_type, "why": move.why}
    return {"is": type(move).__name__.lower(), **move._asdict()}


def answer_digest(answer: Answer | None) -> str | None:
    return None if answer is None else digest(asdict(answer))


def health_table(health: Health | None) -> Table | None:
    if health is None:
        return None
    return {"healthy": health.healthy, "reasons": list(health.reasons), "services": dict(health.services)}


def _ending(episode: Episode) -> Table:
    return {"units": episode.units, "void": episode.void_reason, "grade": grade_table(episode.grade())}


def grade_table(grade: Grade) -> Table:
    return {
        "verdict": grade.verdict,
        "units": grade.units,
        "breakdown": [[part.name, part.units, part.reason] for part in grade.breakdown],
        "feedback": grade.feedback,
    }
