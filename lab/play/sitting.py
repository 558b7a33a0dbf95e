"""One incident from its page to its report: by hand in this process, or over the API that is served meanwhile."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from lab.baseline_agent.client import Door, Environment, EnvironmentFailed, Json
from lab.baseline_agent.runner import Rules, Told, play
from lab.errors import LabError, LabFault
from lab.plain import harmless_lines
from lab.play import show, stages
from lab.play.door import LocalDoor, what_failed
from lab.play.paint import painted, wants_colour
from lab.play.recorder import Recorder
from lab.play.serving import serving
from lab.play.terminal import Terminal, lines_from
from lab.scenarios import Scenario
from lab.server.logs import Log
from lab.server.sessions import Sessions
from lab.worlds import WorldSource

PERSON, BASELINE = "person", "baseline"
LOG = "server.log"


def _print(text: str) -> None:
    """The only way to the terminal: of escapes there are only the lab's own."""
    plain = harmless_lines(text)
    print(painted(plain) if wants_colour(sys.stdout) else plain, flush=True)


def by_hand(source: WorldSource, scenario: Scenario, runs: Path, seed: int = 0, lines: TextIO = sys.stdin) -> Json:
    """`lab play`: nobody else takes part, so nothing is served."""
    with (
        stages.uninterrupted_ends(),
        _log_in(runs) as log,
        closing(Sessions(source, log=log)) as sessions,
        stages.until_the_end(lambda: _has_the_cluster(sessions)),
    ):
        wish = {"scenario_id": scenario.id, "seed": seed}
        try:
            return _person(LocalDoor(sessions), sessions, wish, scenario, runs, lines)
        except LabFault as fault:
            raise what_failed(fault) from fault


def served(source: WorldSource, scenario: Scenario, port: int, player: str, runs: Path, lines: TextIO) -> Json:
    """`lab scenario`: the API and the page meanwhile, for whoever wants to look or play there."""
    with (
        stages.uninterrupted_ends(),
        _log_in(runs) as log,
        serving(source, port, log=log) as (url, sessions),
        stages.until_the_end(lambda: _has_the_cluster(sessions)),
        Environment(url) as environment,
    ):
        _print(f"The page and the API: {url}/")
        sit = _person if player == PERSON else _baseline
        try:
            return sit(environment, sessions, {"scenario_id": scenario.id}, scenario, runs, lines)
        except EnvironmentFailed as failure:
            raise what_failed(failure, sessions) from failure


def _has_the_cluster(sessions: Sessions) -> bool:
    """Whether there is something to heal: another process may be the one that plays."""
    return sessions.source.exclusive and (len(sessions) > 0 or sessions.stage() is not None)


@contextmanager
def _log_in(runs: Path) -> Iterator[Log]:
    """The server's own log: a fault's whole story is for a file, its sentence for the one who plays."""
    runs.mkdir(parents=True, exist_ok=True)
    with (runs / LOG).open("a", encoding="utf-8") as file:
        yield Log(file)


def _person(
    door: Door, sessions: Sessions, wish: Mapping[str, Any], scenario: Scenario, runs: Path, lines: TextIO
) -> Json:
    recorder = Recorder(sessions.source.name, PERSON)
    terminal = Terminal(door, recorder, _print)
    with stages.told(sessions.stage):
        observation = door.reset(wish)
    with _written_down(door, recorder, runs):
        terminal.open(observation)
        finished = terminal.run(lines_from(lines, lambda: terminal.observation))
        return _closed(door, recorder, scenario, finished)


def _baseline(
    door: Door, sessions: Sessions, wish: Mapping[str, Any], scenario: Scenario, runs: Path, _lines: TextIO
) -> Json:
    recorder = Recorder(sessions.source.name, BASELINE)
    with _written_down(door, recorder, runs):
        with stages.told(sessions.stage):
            play(door, Rules(), wish, _watching(recorder), _begun(recorder))
        return _closed(door, recorder, scenario, True)


def _watching(recorder: Recorder) -> Callable[[Told], None]:
    def took(told: Told) -> None:
        recorder.took(told)
        _print(show.step_line(told))

    return took


def _begun(recorder: Recorder) -> Callable[[Json], None]:
    def begun(observation: Json) -> None:
        recorder.begun(observation)
        _print(show.alert(observation))

    return begun


def _closed(door: Door, recorder: Recorder, scenario: Scenario, finished: bool) -> Json:
    grade = door.grade()
    if not finished:
        _print("You left the incident; it has no score.")
    else:
        _print(show.score(grade))
    recorder.ended(grade)
    _print(show.truth(scenario))
    return grade


@contextmanager
def _written_down(door: Door, recorder: Recorder, runs: Path) -> Iterator[None]:
    """Whatever ends it, there is a report; of an episode that broke it says so, and not that its player left."""
    try:
        yield
    except (LabFault, EnvironmentFailed):
        with suppress(LabError, EnvironmentFailed):
            _note_void(door, recorder)
        raise
    finally:
        _saved(recorder, runs)


def _note_void(door: Door, recorder: Recorder) -> None:
    if recorder.trajectory is not None and (grade := door.grade())["verdict"] == "void":
        recorder.ended(grade)


def _saved(recorder: Recorder, runs: Path) -> None:
    report = recorder.save(runs)
    if report is not None:
        _print(show.report(report))


def must_not_be_void(grade: Json) -> None:
    if grade["verdict"] == "void":
        raise LabFault(str(grade["feedback"]))
