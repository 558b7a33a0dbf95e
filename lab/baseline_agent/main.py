"""`python inference.py`: plays tasks and scenarios, prints a line a step and an episode, and the scores."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from lab.baseline_agent.client import Environment, EnvironmentFailed, Json
from lab.baseline_agent.model import Model, ModelSettings
from lab.baseline_agent.reading import glimpse
from lab.baseline_agent.runner import Played, Player, Rules, Told, play
from lab.plain import harmless_lines

DEFAULT_URL = "http://localhost:7860"
# Exit codes as the lab's own: done, something it needs is missing, void.
DONE, MISSING, VOID = 0, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    with Environment(asked.url) as environment:
        try:
            return _run(environment, asked)
        except EnvironmentFailed as failure:
            sys.stderr.write(f"inference: {failure}\n")
            return MISSING if failure.status is None else VOID


def _run(environment: Environment, asked: argparse.Namespace) -> int:
    catalogue = environment.tasks()
    wanted = list(_wanted(catalogue["tasks"], asked.task, asked.scenario))
    if not wanted:
        sys.stderr.write("inference: no such task or scenario; GET /tasks lists them.\n")
        return 2
    player = _player(catalogue["action_schema"], os.environ)
    print(f"Player: {player.name}, against {environment.base_url}", flush=True)
    played = [_episode(environment, player, wish) for wish in wanted]
    print(table(played), flush=True)
    return VOID if any(one.score is None for one in played) else DONE


def _player(schema: Json, environ: Mapping[str, str]) -> Player:
    settings = ModelSettings.read(environ)
    if settings is None:
        return Rules()
    try:
        return Model(settings, schema)
    except ImportError:
        sys.stderr.write('The package "openai" is not installed: the rules play. To get it: pip install openai\n')
        return Rules()


def _wanted(tasks: Sequence[Json], task: str | None, scenario: str | None) -> Iterator[Json]:
    for one in tasks:
        for index, name in enumerate(one["scenarios"]):
            if task in (None, one["id"]) and scenario in (None, name, str(index)):
                yield {"task_id": one["id"], "scenario_index": index}


def _episode(environment: Environment, player: Player, wish: Json) -> Played:
    before = player.tokens
    played = _played_or_void(environment, player, wish)
    played.tokens = player.tokens - before
    print(end_line(played), flush=True)
    return played


def _played_or_void(environment: Environment, player: Player, wish: Json) -> Played:
    """Where the lab fails, that episode is void; the others are still to be played."""
    task, index = wish["task_id"], wish["scenario_index"]
    where = f"task={task} scenario={index}"
    try:
        return play(environment, player, wish, lambda told: print(harmless_lines(step_line(where, told)), flush=True))
    except EnvironmentFailed as failure:
        if failure.status is None:
            raise
        sys.stderr.write(f"inference: {where}: {harmless_lines(str(failure))}\n")
        return Played(task, str(index), player.name, {}, 0, player.tokens)


def step_line(where: str, told: Told) -> str:
    answer = told.answer
    done = str(bool(answer["done"])).lower()
    saw = told.error or (glimpse(told.evidence) if told.evidence else answer["observation"]["feedback"])
    return (
        f"[STEP] {where} step={told.number} action={told.advice.action} reward={told.reward:+.4f} done={done} | {saw}"
    )


def end_line(played: Played) -> str:
    score = "void" if played.score is None else f"{played.score:.4f}"
    where = f"task={played.task} scenario={played.scenario}"
    return f"[END] {where} score={score} steps={played.steps} player={played.player} tokens={played.tokens}"


def table(played: Sequence[Played]) -> str:
    head = f"{'task':<22}{'scenario':<12}{'score':>8}{'steps':>7}{'tokens':>9}"
    rows = [
        f"{one.task:<22}{one.scenario:<12}{'void' if one.score is None else format(one.score, '.4f'):>8}"
        f"{one.steps:>7}{one.tokens:>9}"
        for one in played
    ]
    scores = [one.score for one in played if one.score is not None]
    mean = [f"{'mean':<34}{sum(scores) / len(scores):>8.4f}"] if scores else []
    return "\n".join([head, *rows, *mean])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inference.py", description=__doc__)
    parser.add_argument("--url", default=os.environ.get("ENV_BASE_URL", DEFAULT_URL), help="the environment's address")
    parser.add_argument("--task", help="only this task, by its id")
    parser.add_argument("--scenario", help="only this scenario, by its id or its index")
    return parser
