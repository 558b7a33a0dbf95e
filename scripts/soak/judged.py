"""What an episode of the live soak and the whole of it are judged by. Pure: no cluster and no server here."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from scripts.soak.order import KILLED
from scripts.soak.watched import GROWTH_MB, MORE_FILES, Use

# How the lab says that it failed or is not ready. Any other refusal is of something that nobody asked wrongly.
SAYS_SO = (503, 409)
RIGHT_TOTAL = {"gold": 1.0, "idle": 0.0}
# The first follow whether pods are ready; the cluster throws its nodes' requests for certificates away after an hour.
FOLLOWING, FLEETING = {"Endpoints", "EndpointSlice"}, {"CertificateSigningRequest"}


class Hit(NamedTuple):
    """A blow and what became of it; without a kind there was none."""

    kind: str = ""
    landed: bool = False
    in_time: bool = False
    failure: str = ""

    @property
    def counts(self) -> bool:
        return self.landed and self.in_time

    def __str__(self) -> str:
        if self.kind and not self.landed:
            return f"{self.kind}: did not land ({self.failure})"
        return self.kind if self.counts or not self.kind else f"{self.kind}: after the end"


class Result(NamedTuple):
    number: int
    scenario: str
    play: str
    hit: Hit
    verdict: str
    total: float | None
    resets: int
    seconds: float

    @property
    def good(self) -> bool:
        return is_good(self.play, self.hit, self.verdict, self.total)

    def line(self) -> str:
        score = "   -" if self.total is None else f"{self.total:.2f}"
        mark = "✓" if self.good else "✗"
        return (
            f"{self.number:>3} {mark} {self.scenario:<8}{self.play:<8}{self.verdict:<10}{score}  "
            f"{self.resets} resets {self.seconds:>6.1f} s  {self.hit}"
        )


class End(NamedTuple):
    stood: int
    """Differences from the baseline before the last heal."""
    left: Sequence[str]
    beside: str
    """What differs beside the lab's namespaces after it."""


def verdict_of(status: int) -> str:
    return "void" if status in SAYS_SO else f"refused ({status})"


def is_good(play: str, hit: Hit, verdict: str, total: float | None) -> bool:
    """What is scored has to be right whatever was hit; only who was hit may be void, or its server gone."""
    if verdict == "scored":
        return total == RIGHT_TOTAL[play]
    if verdict == "lost":
        return hit.counts and hit.kind == KILLED
    return verdict == "void" and hit.counts


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What is there no more, is new or is not as it was, by its key in tests/e2e/outside.py."""
    both = before.keys() & after.keys()
    found = {f"gone: {key}" for key in before.keys() - both if _kind(key) not in FLEETING}
    found |= {f"new: {key}" for key in after.keys() - both if _kind(key) not in FLEETING}
    found |= {f"changed: {key}" for key in both if before[key] != after[key] and _kind(key) not in FOLLOWING}
    return sorted(found)


def _kind(key: str) -> str:
    return key.partition(" ")[0]


# --- what a whole soak comes to


def tables(results: Sequence[Result], incidents: Sequence[str]) -> list[str]:
    kinds = list(dict.fromkeys(result.hit.kind for result in results))
    heads = ("meant", "landed", "in time", "scored", "void", "lost")
    first = [f"{'':<22}" + "".join(f"{head:>9}" for head in heads)]
    second = ["", f"{'in time, by incident':<22}" + "".join(f"{name:>9}" for name in incidents)]
    for kind in kinds:
        mine = [result for result in results if result.hit.kind == kind]
        first.append(_row(kind or "nothing hit", _counts(mine)))
        if kind:
            second.append(_row(kind, [sum(r.hit.counts and r.scenario == name for r in mine) for name in incidents]))
    return first + second


def _row(name: str, counts: Iterable[int]) -> str:
    return f"{name:<22}" + "".join(f"{count:>9}" for count in counts)


def _counts(results: Sequence[Result]) -> list[int]:
    hits, verdicts = [result.hit for result in results], [result.verdict for result in results]
    landed = [sum(hit.landed for hit in hits), sum(hit.counts for hit in hits)]
    return [sum(bool(hit.kind) for hit in hits), *landed, *map(verdicts.count, ("scored", "void", "lost"))]


def findings(
    results: Sequence[Result], faults: Mapping[str, str], lives: Sequence[Sequence[Use]], end: End
) -> dict[str, bool]:
    """`faults` names each incident's fault; `lives` is what each server used, episode by episode."""
    wrong = sum(not result.good for result in results)
    after = [b for a, b in pairwise(results) if a.hit.landed and not b.hit.landed]
    right = sum(result.good for result in after)
    left = f"{len(end.left)} differences from the baseline {list(end.left[:3])}" if end.left else "the baseline"
    return {
        f"wrong verdicts: {wrong} of {len(results)}": not wrong,
        f"after a blow, the next one right: {right} of {len(after)}": right == len(after),
        **_killed(results, faults),
        **_grown(lives),
        f"after the last heal: {left}": not end.left,
        f"beside the lab's namespaces: {end.beside or 'as before'}": not end.beside,
    }


def unprovoked(results: Sequence[Result]) -> int:
    calm = [b for a, b in pairwise(results) if not a.hit.landed and not b.hit.landed]
    return sum(result.resets - 1 for result in calm)


def _killed(results: Sequence[Result], faults: Mapping[str, str]) -> dict[str, bool]:
    wanted = set(faults.values())
    met = {faults[result.scenario] for result in results if result.hit.kind == KILLED and result.hit.counts}
    spared = ", ".join(sorted(wanted - met))
    return {f"faults under which the lab was killed: {len(met)} of {len(wanted)} {spared}".rstrip(): met == wanted}


def _grown(lives: Sequence[Sequence[Use]]) -> dict[str, bool]:
    """From the first reading of each server to its last, where there are two."""
    read = [life for life in lives if len(life) > 1]
    memory = max((life[-1].rss_mb - life[0].rss_mb for life in read), default=0.0)
    files = max((life[-1].files - life[0].files for life in read), default=0)
    episodes, longest = sum(len(life) - 1 for life in read), max((len(life) - 1 for life in read), default=0)
    over = f"of {len(read)} servers over {episodes} episodes, {longest} at most"
    return {
        f"servers that were read more than once: {len(read)}": bool(read),
        f"memory grew by {memory:.1f} MB at most (bound {GROWTH_MB:.0f}), {over}": memory <= GROWTH_MB,
        f"open files grew by {files} at most (bound {MORE_FILES}), {over}": files <= MORE_FILES,
    }
