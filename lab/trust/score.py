"""Computes a bundle's score again, offline, and says whether the bundle proves what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from lab import scenarios
from lab.actions import Invalid, Move, Query, Remedy, Submission
from lab.episode import Entry, Episode
from lab.errors import Unknown
from lab.grading import UNIT, Verdict
from lab.scenarios import Scenario
from lab.trust import replay
from lab.trust.bundle import FORMAT, bundle_of
from lab.trust.canonical import NotProven, from_bytes, linked, to_bytes
from lab.trust.identity import TOLD, TOLD_BY_OTHERS, grader, key_digest
from lab.world import Alert, Health

# A bundle is some kilobytes; the longest summary and many refusals do not come near.
SIZE_LIMIT = 4 * 1024 * 1024
_KINDS: dict[str, Any] = {"query": Query, "remedy": Remedy, "submission": Submission}
_PLAIN: dict[str, type] = {"episode_id": str, "task_id": str, "scenario_id": str, "seed": int, "blind": bool}
_NO_ALERT = Alert("", "", "", (), (), 0.0, 0.0, 0.0)

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    total: float | None
    verdict: Verdict
    scenario_id: str
    steps: int
    world: dict[str, str]
    digest: str
    replayed: bool
    """Whether the recording is here and gave the same evidence, so that nothing had to be believed."""

    def says(self) -> str:
        score = "void, no score" if self.total is None else f"score {self.total:.4f}"
        how = (
            f"played again in the recording {self.world.get('take')}: the same evidence, health and score"
            if self.replayed
            else f"graded again; nothing here proves the evidence and the health, as the {self.world['name']} world's "
            "server wrote them (`--believe` takes its word)"
        )
        return f"{self.scenario_id}: {score} in {self.steps} steps. Every digest holds; {how}."


def scored(data: bytes) -> Scored:
    """What the bundle proves, or NotProven with a sentence."""
    if len(data) > SIZE_LIMIT:
        raise NotProven(f"It is longer than {SIZE_LIMIT // 1024} KiB, which no bundle is.")
    table = from_bytes(data)
    try:
        return _scored(table)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, Unknown) as error:
        raise NotProven(f"It is no bundle of this lab: {type(error).__name__} {str(error)[:120]}.") from error


def _scored(table: Table) -> Scored:
    if table["format"] != FORMAT:
        raise NotProven(f"It is of format {table['format']!r}; this lab reads {FORMAT}.")
    if strange := [name for name, kind in _PLAIN.items() if type(table[name]) is not kind]:
        _refuse(f"{strange[0]} is not what it is in a bundle")
    if table["seed"] < 0:
        _refuse("no episode has a negative seed")
    if table["blind"] and scenarios.drawn(table["task_id"], table["seed"]).id != table["scenario_id"]:
        _refuse("its seed draws another incident than it tells of")
    _check_chain(table)
    _check_world(table["world"])
    scenario = scenarios.get(table["scenario_id"])
    _check_identity(table, scenario)
    episode = _rebuilt(table, scenario)
    _check_same(table, _with_seen(table, bundle_of(episode, table["world"])))
    return Scored(
        total=None if episode.grade().units is None else (episode.grade().units or 0) / UNIT,
        verdict=episode.grade().verdict,
        scenario_id=scenario.id,
        steps=len(episode.entries),
        world=table["world"],
        digest=table["digest"],
        replayed=_replayed(table, episode),
    )


def _check_chain(table: Table) -> None:
    head = {name: value for name, value in table.items() if name not in ("steps", "ending", "digest")}
    link = linked("", head)
    for number, step in enumerate(table["steps"], start=1):
        link = linked(link, {name: value for name, value in step.items() if name != "chain"})
        if step["chain"] != link:
            raise NotProven(f"The chain of digests breaks at step {number}: it or something before it was changed.")
    if table["digest"] != linked(link, table["ending"]):
        raise NotProven("The last digest does not hold: the ending or the digest was changed.")


def _check_world(world: Table) -> None:
    if not all(isinstance(part, str) for part in (*world.keys(), *world.values())):
        _refuse("it tells of its world otherwise than in words")
    wanted = TOLD.get(world["name"])
    if world.keys() != wanted if wanted else not world.keys() <= TOLD_BY_OTHERS:
        _refuse("it tells other things of its world than a world tells")


def _check_identity(table: Table, scenario: Scenario) -> None:
    if table["key"] != key_digest(scenario):
        raise NotProven(f"It was graded against another key of {scenario.id} than this lab has; use the lab it is of.")
    if table["grader"] != grader():
        raise NotProven(
            f"It was graded by version {table['grader']['version']} ({table['grader']['source'][:12]}), this is "
            f"{grader()['version']} ({grader()['source'][:12]}); use the lab it is of."
        )


def _rebuilt(table: Table, scenario: Scenario) -> Episode:
    """From moves, flags and health as the bundle tells them; what was seen has no part in a score."""
    episode = Episode(scenario, table["seed"], _NO_ALERT, {}, table["episode_id"], table["blind"])
    for step in table["steps"]:
        move = _move(step["move"])
        if not _may(episode, move):
            _refuse("it holds a move that nobody could have made")
        episode.record(Entry(move, None, _flags(step["flags"]), _health(step["health"])))
    if table["ending"]["void"] is not None:
        episode.void(table["ending"]["void"])
    if not episode.done:
        _refuse("its episode is not over")
    return episode


def _with_seen(table: Table, made: Table) -> Table:
    """The same bundle with the digests of what was seen as the file tells them: those alone are not computed."""
    steps = [{**mine, "answer": step["answer"]} for mine, step in zip(made["steps"], table["steps"], strict=True)]
    return {**made, "alert": table["alert"], "steps": steps}


def _check_same(table: Table, made: Table) -> None:
    for number, (told, mine) in enumerate(zip(table["steps"], made["steps"], strict=True), start=1):
        if told["earned"] != mine["earned"]:
            raise NotProven(f"Step {number} earned {mine['earned']}, and the bundle says {told['earned']}.")
    if table["ending"] != made["ending"]:
        units = made["ending"]["grade"]["units"]
        raise NotProven(f"Graded again it ends with {units} of {UNIT} and other words than the bundle says.")
    if to_bytes(_unlinked(table)) != to_bytes(_unlinked(made)):
        _refuse("it holds what no bundle holds")


def _unlinked(table: Table) -> Table:
    bare = [{name: value for name, value in step.items() if name != "chain"} for step in table["steps"]]
    return {**table, "steps": bare, "digest": ""}


def _replayed(table: Table, episode: Episode) -> bool:
    again = replay.again(episode, table["world"])
    if again is not None and to_bytes(again) != to_bytes(table):
        raise NotProven("Played again in its recording, other evidence, health or score comes out than it says.")
    return again is not None


def _move(table: Table) -> Move:
    fields = {name: value for name, value in table.items() if name != "is"}
    if table["is"] == "invalid":
        return Invalid(parameters={}, **fields)
    made: Move = _KINDS[table["is"]](**fields)
    return made


def _may(episode: Episode, move: Move) -> bool:
    """Which flags there are a bundle does not tell."""
    return move[0] == "disable_feature_flag" or episode.admit(move) == move


def _flags(table: Table | None) -> Table | None:
    if table is not None and not _all_of(bool, table.values()):
        _refuse("a flag is neither on nor off")
    return table


def _health(table: Table | None) -> Health | None:
    if table is None:
        return None
    healthy, reasons, services = table["healthy"], table["reasons"], table["services"]
    if not (_all_of(bool, [healthy, *services.values()]) and _all_of(str, reasons)):
        _refuse("a health is neither good nor bad")
    return Health(healthy, tuple(reasons), services)


def _all_of(kind: type, values: Iterable[object]) -> bool:
    return all(type(value) is kind for value in values)


def _refuse(why: str) -> NoReturn:
    raise NotProven(f"It proves nothing: {why}.")
