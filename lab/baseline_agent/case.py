"""What is known of an incident so far: the observation and the actions taken, read into a file a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.baseline_agent.client import Action
from lab.baseline_agent.reading import LogLine, Release, log_lines, marked, new_release, stems
from lab.baseline_agent.topics import Topic, topics_in

# Part of a service's name that says nothing of what it does, or a word too common to name it.
_COMMON = frozenset("service services server db redis api edge cache infra app".split())
_NAMING_WORD = 6
_STORES = ("postgres", "mysql", "mongo", "redis", "kafka", "sql", "-db", "database")
_DOORS = ("gateway", "ingress", "frontend")


@dataclass(frozen=True)
class Dossier:
    """All evidence on one service, by the kind of look."""

    service: str
    evidence: Mapping[str, str]

    @cached_property
    def log(self) -> tuple[LogLine, ...]:
        return log_lines(self.evidence.get("query_logs", ""))

    @cached_property
    def release(self) -> Release | None:
        return new_release(self.evidence.get("check_recent_deploys", ""))

    @cached_property
    def notable(self) -> tuple[str, ...]:
        """Log lines that are bad news."""
        return tuple(line.says for line in self.log if line.notable)

    @cached_property
    def trouble(self) -> tuple[str, ...]:
        """Marked facts and bad news; what a release changed is a change, not trouble."""
        texts = [text for kind, text in self.evidence.items() if kind != "check_recent_deploys"]
        return (*self.notable, *(fact for text in texts for fact in marked(text)))

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        return topics_in("\n".join(self.trouble))

    @property
    def all_said(self) -> str:
        return "\n".join([*(line.says for line in self.log), *self.trouble])


class Case:
    def __init__(self, observation: Mapping[str, Any], history: Sequence[Action] = ()) -> None:
        self.seen, self.history = observation, tuple(history)

    @property
    def task(self) -> str:
        return str(self.seen["task_id"])

    @property
    def known(self) -> list[str]:
        return list(self.seen["known_services"])

    @property
    def affected(self) -> list[str]:
        return [name for name in self.seen["alert"]["affected_services"] if name in self.known]

    @property
    def steps_left(self) -> int:
        return int(self.seen["max_steps"]) - int(self.seen["step_count"])

    @property
    def flags_on(self) -> list[str]:
        return [name for name, on in self.seen.get("feature_flags", {}).items() if on]

    @property
    def runbook(self) -> Mapping[str, str]:
        return dict(self.seen.get("runbook", {}))

    @cached_property
    def dossiers(self) -> dict[str, Dossier]:
        """Of the services looked at."""
        looks: dict[str, dict[str, str]] = {}
        for kind, by_target in self.seen["queried_data"].items():
            if kind.startswith(("query_", "check_")):
                for service, text in by_target.items():
                    looks.setdefault(service, {})[kind] = text
        return {service: Dossier(service, evidence) for service, evidence in looks.items()}

    def dossier(self, service: str) -> Dossier:
        return self.dossiers.get(service, Dossier(service, {}))

    @cached_property
    def page(self) -> str:
        """What the on-call was told at first."""
        alert = self.seen["alert"]
        return "\n".join([alert["title"], self.seen["incident_summary"], *alert["symptoms"]])

    @cached_property
    def trouble(self) -> str:
        return "\n".join([self.page, *(line for one in self.dossiers.values() for line in one.trouble)])

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        return topics_in(self.trouble)

    def victim_of(self, culprit: str) -> Dossier | None:
        """The first that was looked at and tells what kind of harm was done to it."""
        return next((one for one in self.dossiers.values() if one.service != culprit and one.topics), None)

    def done(self, action_type: str, target: str) -> bool:
        return target in self.seen["queried_data"].get(action_type, {})

    def outcome(self, action_type: str, target: str) -> str:
        return str(self.seen["queried_data"].get(action_type, {}).get(target, ""))


def naming_words(service: str) -> frozenset[str]:
    """The words of its name by which others may speak of it."""
    return frozenset(word for word in service.split("-") if word not in _COMMON and len(word) >= _NAMING_WORD)


def own_stems(service: str) -> frozenset[str]:
    return stems(service.replace("-", " "))


def is_store(service: str) -> bool:
    return any(word in service for word in _STORES)


def is_door(service: str) -> bool:
    return any(word in service for word in _DOORS)
