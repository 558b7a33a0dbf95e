"""A person plays: reads lines, from a terminal or from anything else, until the episode is over."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from lab.actions import DESCRIPTIONS
from lab.baseline_agent.client import Action, Door, Json
from lab.baseline_agent.repair import Advice
from lab.baseline_agent.rules import advise
from lab.baseline_agent.runner import Told
from lab.errors import Refused
from lab.plain import harmless
from lab.play import show
from lab.play.recorder import Recorder
from lab.play.words import action_of, completions, usage

PROMPT = "> "


class Terminal:
    """One episode by hand. `quit`, or the input's end, leaves it without a submission."""

    def __init__(self, door: Door, recorder: Recorder, out: Callable[[str], object] = print) -> None:
        self._door, self._recorder, self._out = door, recorder, out
        self.observation: Json = {}
        self._history: list[Action] = []
        self._commands: Mapping[str, Callable[[list[str]], object]] = {
            "alert": lambda _: out(show.alert(self.observation)),
            "services": lambda _: out(show.services(self.observation)),
            "flags": lambda _: out(show.flags(self.observation)),
            "runbook": lambda _: out(show.runbook(self.observation)),
            "actions": lambda _: out(show.actions(self.observation)),
            "seen": lambda words: out(show.seen(self.observation, words)),
            "hint": lambda _: self._hint(),
            "help": lambda _: out(show.commands()),
        }

    def open(self, observation: Json) -> None:
        self.observation = observation
        self._recorder.begun(observation)
        self._out(show.alert(observation))
        self._out(f"{observation['feedback']} `help` lists what can be typed.\n")

    def run(self, lines: Iterator[str]) -> bool:
        """Whether the episode came to its end."""
        for line in lines:
            if line.strip() == "quit":
                return False
            if line.strip():
                self.take(line.strip())
            if self.observation["done"]:
                return True
        return False

    def take(self, line: str) -> None:
        word, *rest = line.split()
        if word in self._commands:
            self._commands[word](rest)
        elif word in DESCRIPTIONS:
            self._act(word, line)
        else:
            self._out(f'There is no command or action "{word[:60]}"; `help` and `actions` list them.')

    def _act(self, kind: str, line: str) -> None:
        action = action_of(line)
        if not action.parameters:
            # Not sent: a slip of the finger need not cost a step.
            self._out(f"{usage(kind)}: {DESCRIPTIONS[kind]}")
            return
        try:
            answer = self._door.step(action)
        except Refused as refusal:
            self._out(str(refusal))
            return
        self._took(Told(len(self._history) + 1, Advice(action, ""), answer))

    def _took(self, told: Told) -> None:
        self._history.append(told.advice.action)
        self.observation = told.answer["observation"]
        self._recorder.took(told)
        self._out(show.step(told))

    def _hint(self) -> None:
        advice = advise(self.observation, self._history)
        says = f"{_without_essay(advice.action)}: {advice.why}"
        self._recorder.hinted(says)
        ending = "" if says.endswith(("?", ".")) else "."
        self._out(f"The baseline agent, which reads only what you have seen, would now {says}{ending}")


def _without_essay(action: Action) -> str:
    """Which submission, but not its text: that is for the player to write."""
    return action.action_type if action.action_type.startswith("submit_") else str(action)


def lines_from(source: TextIO, observed: Callable[[], Mapping[str, Any]]) -> Iterator[str]:
    """With a prompt, editing and completion on a terminal; else line by line, each shown as if typed."""
    if not source.isatty():
        for line in source:
            sys.stdout.write(f"{PROMPT}{harmless(line.rstrip())}\n")
            yield line
        return
    with _completing(observed):
        while (typed := _typed()) is not None:
            yield typed


def _typed() -> str | None:
    try:
        return input(PROMPT)
    except EOFError:
        return None


@contextmanager
def _completing(observed: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    try:
        import readline
    except ImportError:
        # Some builds of Python have none; typing works without.
        yield
        return

    def complete(word: str, state: int) -> str | None:
        if state == 0:
            found[:] = completions(observed(), readline.get_line_buffer()[: readline.get_endidx()], word)
        return f"{found[state]} " if state < len(found) else None

    found: list[str] = []
    before, delimiters = readline.get_completer(), readline.get_completer_delims()
    readline.set_completer(complete)
    # Names of services and actions hold hyphens and underscores, and are words as a whole.
    readline.set_completer_delims(" \t\n")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(delimiters)
