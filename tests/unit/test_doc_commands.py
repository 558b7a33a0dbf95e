"""README, workshop and adding.md, tried as written: what runs without a cluster runs here, in the recorded world."""

import re
import subprocess
from pathlib import Path

import pytest

from lab.cli.main import app
from tests.unit.doc_kit import ROOT, WORDS, Command, anchors_of, commands_of, inherited, links_of, matches, reader_in

DOCUMENTS = ("README.md", "docs/workshop.md", "docs/adding.md")
COMMANDS = [command for document in DOCUMENTS for command in commands_of(document)]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_do_what_the_document_says(document: str, tmp_path: Path) -> None:
    with reader_in(tmp_path, {"LAB_WORLD": "recorded"}) as reader:
        for command in commands_of(document):
            if command.word in ("", "server"):
                reader.does(command)


@pytest.mark.parametrize("target", ["serve", "scenario RCA-002", "play RCA-002"])
@pytest.mark.parametrize(
    ("said", "asked"),
    [({}, "auto"), ({"LAB_WORLD": "recorded"}, "recorded"), ({"LAB_WORLD": "recorded", "WORLD": "live"}, "live")],
    ids=["nothing", "LAB_WORLD", "both"],
)
def test_make_asks_for_the_world_that_was_said(target: str, said: dict[str, str], asked: str) -> None:
    command = ["make", "-n", "-o", ".venv/.installed", *target.split()]
    would = subprocess.run(command, cwd=ROOT, env={**inherited(), **said}, capture_output=True, text=True, check=True)
    assert f"--world {asked} " in would.stdout.replace("\n", " ")


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_every_block_says_where_it_runs(command: Command) -> None:
    assert command.word in WORDS
    assert command.text.strip()


def test_little_is_left_to_be_tried_by_hand() -> None:
    by_hand = [command for command in COMMANDS if command.word == "elsewhere"]
    assert len(by_hand) < len(COMMANDS) / 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    for link in links_of(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


def test_commands_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    for document in (*DOCUMENTS, "docs/figures.md", "docs/recording.md"):
        text = (ROOT / document).read_text()
        assert set(re.findall(r"`make ([a-z0-9-]+)", text)) <= targets, document
        assert set(re.findall(r"`lab ([a-z]+)", text)) <= known, document


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("Score: 1.00\n", "Score: 1.00\n", True),
        ("...\nScore: 1.00\n...\n", "a\nb\nScore: 1.00\nc\n", True),
        ("...\nScore: 1.00\n...\n", "a\nb\nScore: 0.90\nc\n", False),
    ],
)
def test_an_output_is_compared(wanted: str, got: str, same: bool) -> None:
    assert matches(wanted, got) is same
