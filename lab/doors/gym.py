"""Incidents as Gymnasium environments: observations in text, actions as numbers and one free text.

`gymnasium.make("lab.doors.gym:IncidentLab/RootCauseAnalysis-v0")`, or `IncidentEnv` over any lab.
"""

import re
from typing import Any, SupportsInt

import gymnasium
from gymnasium import spaces

from lab import scenarios
from lab.actions import RUNBOOK, SEVERITIES, parameter_names
from lab.actions.moves import FAILURE_MODE_LIMIT, REPLICAS_LIMIT, SUMMARY_LIMIT
from lab.client.answers import Answer, Observation
from lab.client.exchange import written
from lab.doors.either import AnyEpisode, AnyLab
from lab.doors.local import shared
from lab.doors.telling import page, told
from lab.errors import Refused

PAGE_LIMIT, SEEN_LIMIT = 16_000, 16_000
# What logs and figures are written in: ASCII, letters with accents, punctuation, arrows and marks. Others become "?".
_FOREIGN = re.compile(r"[^\n\x20-\x7e\xa0-\u024f\u2010-\u27bf]")
_CHARACTERS = frozenset(_FOREIGN.sub("", "".join(map(chr, range(0x27C0)))))
_SEEDS = 2**31
# Which parameters stand in which part of an action; a rollback goes to the previous release.
_PART = {"service": "target", "flag": "target", "runbook_action": "target", "failure_mode": "text", "summary": "text"}
_OWN_VERSION = "target_version"
# Options that say which scenario it is to be; without them it is drawn.
_NAMES_ONE = {"scenario_index", "scenario_id", "blind"}

Coded = dict[str, Any]


class IncidentEnv(gymnasium.Env[Coded, Coded]):
    """A task's incidents: of one scenario where an index is given, else drawn by the seed of each reset."""

    # Frames a second say nothing of text, but Gymnasium's own checker asks for them.
    metadata = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012  # as it stands in the base class

    def __init__(
        self,
        task_id: str = "root_cause_analysis",
        scenario_index: int | None = None,
        *,
        lab: AnyLab | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.task = scenarios.task(task_id)
        self.render_mode = render_mode
        self.actions = self.task.actions
        self._lab, self._index = lab or shared(), scenario_index
        self.episode: AnyEpisode | None = None
        self._seen = ""
        self.targets = self._known_targets()
        self.observation_space = _observations(self.task.max_steps)
        self.action_space = _actions(len(self.actions), len(self.targets), self._text_limit())

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Coded, dict[str, Any]]:
        """`options` may name what `POST /reset` takes: scenario_index, scenario_id, seed, blind."""
        super().reset(seed=seed)
        self.close()
        self.episode = self._lab.reset(self.task.id, **self._wish(options or {}))
        seen = self.episode.observation
        self._seen = seen["feedback"]
        return self._coded(seen), {"scenario_id": seen["scenario_id"], "error": None}

    def step(self, action: Coded) -> tuple[Coded, float, bool, bool, dict[str, Any]]:
        if self.episode is None:
            raise Refused("No episode has begun; call reset first.")
        meant = self.decode(action)
        answer = self.episode.step(meant)
        self._seen = told(answer["observation"], meant)
        submitted = "score" in answer["info"]["reward_parts"]
        ended = (answer["done"] and submitted, answer["done"] and not submitted)
        return self._coded(answer["observation"]), answer["reward"]["score"], *ended, self._info(answer)

    def render(self) -> str:
        return self._seen

    def close(self) -> None:
        if self.episode is not None:
            self.episode.close()
            self.episode = None

    def encode(self, action_type: str, **parameters: Any) -> Coded:
        """The numbers that say this action: `encode("query_logs", service="postgres-db")`."""
        coded: Coded = {
            "action": self.actions.index(action_type),
            "target": 0,
            "replicas": 0,
            "severity": 0,
            "text": "",
        }
        for name, value in parameters.items():
            part = _PART.get(name, name)
            listed = {"target": self.targets, "severity": SEVERITIES}.get(part)
            coded[part] = value if listed is None else listed.index(value)
        return coded

    def decode(self, coded: Coded) -> dict[str, Any]:
        """The action that these numbers say, as it is sent."""
        action_type = self.actions[_whole(coded["action"])]
        names = [name for name in parameter_names(action_type) if name != _OWN_VERSION]
        return written(action_type, {name: self._value(coded, _PART.get(name, name)) for name in names})

    def _value(self, coded: Coded, part: str) -> str | int:
        if part == "text":
            return str(coded[part])
        number = _whole(coded[part])
        return {"target": self.targets, "severity": SEVERITIES}[part][number] if part != "replicas" else number

    def _text_limit(self) -> int:
        return SUMMARY_LIMIT if self.task.submission == "submit_resolution" else FAILURE_MODE_LIMIT

    def _known_targets(self) -> tuple[str, ...]:
        """Every service of the task's scenarios, then the flags, which the world alone knows, then the runbook."""
        services = {name for id_ in scenarios.ids_of_task(self.task.id) for name in _services(id_)}
        first = self._lab.reset(self.task.id, self._index)
        flags = first.observation["feature_flags"]
        first.close()
        return (*sorted(services), *sorted(flags), *RUNBOOK)

    def _wish(self, options: dict[str, Any]) -> dict[str, Any]:
        drawn: dict[str, Any] = {"seed": int(self.np_random.integers(_SEEDS))}
        if not _NAMES_ONE & options.keys():
            count = len(scenarios.ids_of_task(self.task.id))
            drawn["scenario_index"] = int(self.np_random.integers(count)) if self._index is None else self._index
        return drawn | options

    def _coded(self, seen: Observation) -> Coded:
        evidence = (text for by_target in seen["queried_data"].values() for text in by_target.values())
        return {
            "page": _clean(page(seen), PAGE_LIMIT),
            "evidence": _clean("\n\n".join(evidence), self.task.max_steps * SEEN_LIMIT),
            "seen": _clean(self._seen, SEEN_LIMIT),
            "steps_left": seen["max_steps"] - seen["step_count"],
        }

    def _info(self, answer: Answer) -> dict[str, Any]:
        seen = answer["observation"]
        info = {
            "scenario_id": seen["scenario_id"],
            "error": seen["last_action_error"],
            "reward_parts": dict(answer["info"]["reward_parts"]),
        }
        return info | {"grade": self.episode.grade()} if answer["done"] and self.episode is not None else info


def _observations(max_steps: int) -> spaces.Dict:
    return spaces.Dict(
        {
            "page": _text(PAGE_LIMIT),
            "evidence": _text(max_steps * SEEN_LIMIT),
            "seen": _text(SEEN_LIMIT),
            "steps_left": spaces.Discrete(max_steps + 1),
        }
    )


def _actions(kinds: int, targets: int, text: int) -> spaces.Dict:
    return spaces.Dict(
        {
            "action": spaces.Discrete(kinds),
            "target": spaces.Discrete(targets),
            "replicas": spaces.Discrete(REPLICAS_LIMIT + 1),
            "severity": spaces.Discrete(len(SEVERITIES)),
            "text": _text(text),
        }
    )


def _text(limit: int) -> spaces.Text:
    return spaces.Text(limit, min_length=0, charset=_CHARACTERS)


def _clean(text: str, limit: int) -> str:
    return _FOREIGN.sub("?", text[:limit])


def _services(scenario_id: str) -> tuple[str, ...]:
    return tuple(scenarios.get(scenario_id).brief.known_services)


def _whole(number: SupportsInt) -> int:
    """What is sampled is a number of numpy's own kind, which JSON does not know."""
    return int(number)


for _task in scenarios.TASKS:
    gymnasium.register(
        f"IncidentLab/{_task.replace('_', ' ').title().replace(' ', '')}-v0",
        "lab.doors.gym:IncidentEnv",
        kwargs={"task_id": _task},
    )
