"""An engine that is not there, or not for us, or silent: each has its sentence, whatever the engine's package says."""

import gc
import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.cluster import doctor, engine
from lab.cluster.engine import EngineFailed
from lab.errors import Missing

# The engine's package leaves a socket that could not connect to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Here, where it is ignored, and not in whichever test comes later."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(engine, "ANSWER_PATIENCE", 1)
    monkeypatch.setattr(engine, "ASK_PATIENCE", 1)


@pytest.fixture(name="address")
def _address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "engine.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    return path


@contextmanager
def listening(address: Path) -> Iterator[None]:
    """Takes connections, and never answers."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        yield


def is_said(sentence: str) -> None:
    with pytest.raises(Missing, match=sentence):
        doctor.require_healthy()
    assert not engine.engine_answers()
    only = doctor.findings()
    assert only[0].verdict == "bad"
    assert {finding.about for finding in only} == {"engine", "clock", "memory", "disk", "inotify"}


@pytest.mark.usefixtures("address")
def test_none_runs() -> None:
    is_said("start Docker, or run `make engine`")


def test_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _program: None)
    is_said("Docker is not installed")


def test_it_is_silent(address: Path) -> None:
    with listening(address):
        is_said("does not answer within 1 s")


def test_it_is_not_for_us(address: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    is_said("join the `docker` group")


@pytest.mark.usefixtures("address")
def test_what_is_asked_of_an_engine_that_has_gone_is_a_sentence() -> None:
    with pytest.raises(EngineFailed, match="The Docker engine: "):
        engine.ids_of("incident-lab")


def test_the_context_in_use_is_asked_as_the_command_line_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = tmp_path / "engine.sock"
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text('{"currentContext": "elsewhere"}')
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(b"elsewhere").hexdigest()
    folder.mkdir(parents=True)
    endpoints = {"docker": {"Host": f"unix://{address}", "SkipTLSVerify": False}}
    (folder / "meta.json").write_text(json.dumps({"Name": "elsewhere", "Metadata": {}, "Endpoints": endpoints}))
    with listening(address):
        is_said("does not answer within 1 s")
