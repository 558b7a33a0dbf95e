"""Every Python block of the two pages on programming runs, one after the other, as it is written.

Where a page asks `localhost:7860`, a server of the test's own answers; tests.unit.trl_trainer stands in for TRL.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.actions import name_of, parameters_of
from lab.scenarios import load_all
from lab.worlds import RecordedSource
from tests.unit.served_kit import load_openenv, served_over
from tests.unit.tiny_world import perfect_play
from tests.unit.trl_trainer import Call, Tool, Trainer, install

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("library.md", "training.md")
SERVED = "http://localhost:7860"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((DOCS / page).read_text())


EXAMPLES = [
    pytest.param(text, id=f"{page}-{number}")
    for page in PAGES
    for number, (_, text) in enumerate(blocks(page), start=1)
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served_over(RecordedSource()) as served:
        load_openenv(served.url)
        yield served.url


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> list[Trainer]:
    return install(monkeypatch, knows_the_key)


def knows_the_key(prompt: str, tools: Mapping[str, Tool]) -> Iterable[Call]:
    scenario = next(
        each for each in load_all().values() if each.brief.title in prompt and each.task.submission in tools
    )
    return [(name_of(move), parameters_of(move)) for move in perfect_play(scenario)]


def run(text: str, url: str) -> dict[str, Any]:
    told: dict[str, Any] = {"__name__": "example"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(text.replace(SERVED, url), "example", "exec"), told)
    return told


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_runs_as_it_is_written(text: str, url: str, trainers: list[Trainer]) -> None:
    told = run(text, url)
    assert told.keys() > {"__name__"}
    for trainer in trainers:
        assert set(trainer.rewards["score"]) == {1.0}
    if "scores" in told:
        assert len(told["scores"]) == 3
    if "totals" in told:
        assert all(0 <= total <= 1 for total in told["totals"])


@pytest.mark.parametrize("page", PAGES)
def test_there_is_no_block_that_does_not_run(page: str) -> None:
    assert {language for language, _ in blocks(page)} == {"python"}
    assert len(blocks(page)) >= 5
