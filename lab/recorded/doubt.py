"""What a take says of one remedy is doubted: forgotten where it was found harmless, with all that was done on top."""

from collections.abc import Iterator
from dataclasses import replace

from lab.recorded.recording import Recording, core_of, marks_of


def doubted(recording: Recording, target: str) -> Recording:
    """An unfinished recording, to be gone on with. Where the remedy was seen to change a symptom, it stays."""
    gone = set(_places(recording, target))
    edges = {key: edge for key, edge in recording.edges.items() if not {edge.origin, edge.to} & gone}
    snapshots = {place: snapshot for place, snapshot in recording.snapshots.items() if place not in gone}
    return replace(recording, edges=edges, snapshots=snapshots, marks=list(recording.marks), finished=False)


def _places(recording: Recording, target: str) -> Iterator[int]:
    """Those that carry the remedy's mark in a state where it seemed to be harmless."""
    mark = sum(1 << number for number, remedy in enumerate(recording.marks) if remedy.target == target)
    quiet = {
        core_of(edge.to)
        for edge in recording.edges.values()
        if edge.remedy.target == target and marks_of(edge.to) & mark and not recording.snapshots[edge.to].whole
    }
    yield from (place for place in _all(recording) if core_of(place) in quiet and marks_of(place) & mark)


def _all(recording: Recording) -> set[int]:
    """Some places are only passed: a harmless mark's evidence was taken where it was made first."""
    return {*recording.snapshots, *(edge.origin for edge in recording.edges.values())}
