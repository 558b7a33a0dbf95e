"""Processes, steps, waiting, digests and the lock: what everything on the cluster stands on."""

import multiprocessing
import sys
from pathlib import Path

import pytest

from lab.cluster.lock import _try, exclusive
from lab.cluster.process import CommandFailed, run, succeeds
from lab.cluster.recipe import digest_of
from lab.cluster.steps import Step, run_steps
from lab.cluster.wait import NotYet, wait_until
from lab.errors import NotSettled


class Told:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def started(self, name: str) -> None:
        self.lines.append(f"… {name}")

    def moving(self, name: str, seconds: float) -> None:
        self.lines.append(f"… {name} {seconds:.0f}")

    def finished(self, name: str, seconds: float, ok: bool) -> None:
        assert seconds >= 0
        self.lines.append(f"{'✓' if ok else '✗'} {name}")


def _fail() -> None:
    raise NotSettled("it never came")


def test_steps_are_told_in_order_and_end_at_the_first_failure() -> None:
    told, ran = Told(), []
    steps = [Step("one", lambda: ran.append(1)), Step("two", _fail), Step("three", lambda: ran.append(3))]
    with pytest.raises(NotSettled):
        run_steps(steps, told)
    assert told.lines == ["… one", "✓ one", "… two", "✗ two"]
    assert ran == [1]


def test_waiting_ends_when_the_probe_is_content() -> None:
    answers = iter([NotYet("one"), NotYet("two"), "there"])

    def probe() -> str:
        answer = next(answers)
        if isinstance(answer, NotYet):
            raise answer
        return answer

    assert wait_until(probe, 5, every=0) == "there"


def test_waiting_too_long_says_what_was_last_seen() -> None:
    def probe() -> None:
        raise NotYet("3 of 4 nodes")

    with pytest.raises(NotSettled, match="for the nodes; last seen: 3 of 4 nodes"):
        wait_until(probe, 0, what="the nodes")


def test_a_failed_program_carries_its_words_its_code_and_its_output() -> None:
    with pytest.raises(CommandFailed) as caught:
        run([sys.executable, "-c", "print('half done'); raise SystemExit(7)"])
    assert caught.value.code == 7
    assert "half done" in str(caught.value)


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(CommandFailed, match="took too long"):
        run([sys.executable, "-c", "import threading; threading.Event().wait()"], timeout=0.5)


def test_a_program_that_is_not_there_is_no_success() -> None:
    assert not succeeds(["no-such-program-here"])


def test_text_is_handed_to_a_program() -> None:
    assert run([sys.executable, "-c", "print(input()[::-1])"], stdin="abc") == "cba\n"


@pytest.mark.parametrize("change", ["bytes", "name", "mode", "setting"])
def test_any_change_of_a_recipe_changes_its_digest(tmp_path: Path, change: str) -> None:
    file = tmp_path / "a"
    file.write_text("x")
    before = digest_of([tmp_path], "v1")
    assert digest_of([tmp_path], "v1") == before
    setting = "v2" if change == "setting" else "v1"
    if change == "bytes":
        file.write_text("y")
    elif change == "name":
        file = file.rename(tmp_path / "b")
    elif change == "mode":
        file.chmod(0o755)
    assert digest_of([tmp_path], setting) != before


def test_a_document_makes_no_difference_where_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = digest_of([tmp_path], without=(".md",))
    (tmp_path / "README.md").write_text("for people")
    assert digest_of([tmp_path], without=(".md",)) == before
    assert digest_of([tmp_path]) != before


def test_a_digest_does_not_depend_on_where_the_checkout_is(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "recipe").mkdir(parents=True)
        (tmp_path / place / "recipe" / "a").write_text("x")
    assert digest_of([tmp_path / "here" / "recipe"]) == digest_of([tmp_path / "there" / "recipe"])


def _takes_the_lock(path: str) -> None:
    with Path(path).open("a+") as file:
        sys.exit(0 if _try(file) else 1)


def test_only_one_process_holds_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    path = tmp_path / "incident-lab.lock"

    def other() -> int | None:
        process = multiprocessing.get_context("spawn").Process(target=_takes_the_lock, args=(str(path),))
        process.start()
        process.join()
        return process.exitcode

    with exclusive():
        assert other() == 1
    assert other() == 0


def test_programs_started_under_the_lock_hold_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    asks = (
        "import os; held = (os.path.realpath(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')); "
        "print(sum(path.endswith('.lock') for path in held))"
    )
    with exclusive():
        assert run([sys.executable, "-c", asks]).strip() == "1"
    assert run([sys.executable, "-c", asks]).strip() == "0"
