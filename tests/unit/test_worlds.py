"""Which world is chosen, and what is said of it."""

import subprocess
import sys

import pytest

from lab import worlds
from lab.cluster import engine, kind
from lab.errors import Missing, Usage
from lab.server.app import ChosenSource


def arrange(monkeypatch: pytest.MonkeyPatch, *, docker: bool, cluster: bool) -> None:
    monkeypatch.setattr(engine, "engine_answers", lambda: docker)
    monkeypatch.setattr(kind, "nodes", list)
    monkeypatch.setattr(kind, "is_whole", lambda _nodes: cluster)


@pytest.mark.parametrize(
    ("docker", "cluster", "name", "why"),
    [
        (True, True, "live", "cluster is up"),
        (True, False, "recorded", "cluster is not up"),
        (False, True, "recorded", "no Docker engine"),
    ],
)
def test_auto(monkeypatch: pytest.MonkeyPatch, docker: bool, cluster: bool, name: str, why: str) -> None:
    arrange(monkeypatch, docker=docker, cluster=cluster)
    choice = worlds.choose("auto")
    other = {"live": "LAB_WORLD=recorded", "recorded": "LAB_WORLD=live"}[name]
    assert (choice.source.name, choice.source.exclusive) == (name, name == "live")
    assert why in choice.says
    assert other in choice.says
    assert "\n" not in choice.says


def test_recorded_asks_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_answers", lambda: pytest.fail("the engine was asked"))
    assert worlds.choose("recorded").source.name == "recorded"


def test_live_where_there_is_none_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, docker=True, cluster=False)
    with pytest.raises(Missing, match="lab up"):
        worlds.choose("live")


def test_live_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, docker=True, cluster=True)
    assert worlds.choose("live").source.name == "live"


def test_another_word() -> None:
    with pytest.raises(Usage, match="auto, live, recorded"):
        worlds.choose("cloud")


def test_the_choice_is_made_once_and_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arrange(monkeypatch, docker=False, cluster=False)
    source = ChosenSource("auto")
    assert capsys.readouterr().err == ""
    assert (source.name, source.exclusive) == ("recorded", False)
    assert capsys.readouterr().err.count("World: recorded") == 1


def test_the_server_starts_without_the_live_worlds_packages() -> None:
    heavy = ("kubernetes", "docker", "openenv", "gradio")
    code = f"import sys, lab.server.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
