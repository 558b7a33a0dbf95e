"""Incidents for TRL's trainers: a class a task for `environment_factory`, each public method a tool. Needs no TRL.

A trainer makes one object a rollout, calls `reset` with the row of the dataset, offers the methods as tools, and then
hands the objects to the reward functions, of which two stand below.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from lab import scenarios
from lab.client.exchange import written
from lab.doors.either import AnyEpisode, AnyLab
from lab.doors.local import shared
from lab.doors.telling import page, told
from lab.errors import LabFault, Refused

_WISHES = ("scenario_index", "scenario_id", "seed", "blind")
_SYSTEM = (
    "You are on call for a shop that runs on Kubernetes. Use the tools: look at the evidence before you act, tell the "
    "service at fault from those that are merely hurt by it, and do not ask for the same thing twice, as every call "
    "is a step and the steps are limited. The tool whose name begins with submit ends the episode."
)


class _Incident:
    """What the three tasks have in common. Without a lab given, the recorded one of this process is played."""

    task_id: ClassVar[str]

    def __init__(self, lab: AnyLab | None = None) -> None:
        self._lab = lab
        self.episode: AnyEpisode | None = None
        # Values and not properties: trainers read every attribute of a new object.
        self.score: float | None = 0.0
        """The grader's total: 0 until something is submitted, None where the lab failed and not the agent."""
        self.earned = 0.0
        """The sum of the steps' rewards so far, the score included once there is one."""

    def reset(self, **row: Any) -> str:
        """Begin the incident that the row names; its other columns are for others. Answers the page."""
        if self.episode is not None:
            self.episode.close()
        wish = {name: row[name] for name in _WISHES if row.get(name) is not None}
        self.episode, self.score, self.earned = None, None, 0.0
        self.episode, self.score = (self._lab or shared()).reset(self.task_id, **wish), 0.0
        return page(self.episode.observation)

    def _act(self, action_type: str, **parameters: Any) -> str:
        episode = self.episode
        if episode is None or episode.done:
            raise Refused("No episode is going on; call no more tools.")
        try:
            seen = episode.step(action_type, **parameters)["observation"]
        except LabFault:
            self.score = None
            raise
        self.earned = seen["cumulative_reward"]
        if seen["done"]:
            self.score = episode.grade()["total"]
        return told(seen, written(action_type, parameters))


class _Diagnosing(_Incident):
    def query_logs(self, service: str) -> str:
        """
        Logs of the service's pods since the incident began, those of ended containers included.

        Args:
            service: One of the services that the page names.

        Returns:
            The log lines, and what the step earned.
        """
        return self._act("query_logs", service=service)

    def check_metrics(self, service: str) -> str:
        """
        The service's measured figures beside its healthy ones.

        Args:
            service: One of the services that the page names.

        Returns:
            The figures, and what the step earned.
        """
        return self._act("check_metrics", service=service)

    def check_dependencies(self, service: str) -> str:
        """
        What the service calls and who calls it, with measured error rates.

        Args:
            service: One of the services that the page names.

        Returns:
            The calls in both directions, and what the step earned.
        """
        return self._act("check_dependencies", service=service)

    def check_recent_deploys(self, service: str) -> str:
        """
        The service's release history with the reason given for each.

        Args:
            service: One of the services that the page names.

        Returns:
            The releases, newest first, and what the step earned.
        """
        return self._act("check_recent_deploys", service=service)

    def check_service_status(self, service: str) -> str:
        """
        Pods, restarts, last termination, readiness and endpoints.

        Args:
            service: One of the services that the page names.

        Returns:
            The status, and what the step earned.
        """
        return self._act("check_service_status", service=service)


class _Mending(_Diagnosing):
    def restart_service(self, service: str) -> str:
        """
        Replace the service's pods, one after the other, and wait until they are ready.

        Args:
            service: One of the services that the page names.

        Returns:
            What it did, and what the step earned.
        """
        return self._act("restart_service", service=service)

    def rollback_deploy(self, service: str, target_version: str = "previous") -> str:
        """
        Return to the previous release, or to the one named in target_version.

        Args:
            service: One of the services that the page names.
            target_version: The word previous, or a version of the service's release history.

        Returns:
            What it did, and what the step earned.
        """
        return self._act("rollback_deploy", service=service, target_version=target_version)

    def clear_cache(self, service: str) -> str:
        """
        Drop the service's own cached entries.

        Args:
            service: One of the services that the page names.

        Returns:
            What it did, and what the step earned.
        """
        return self._act("clear_cache", service=service)

    def scale_service(self, service: str, replicas: int) -> str:
        """
        Set how many replicas the service has.

        Args:
            service: One of the services that the page names.
            replicas: How many, from 0 to 20.

        Returns:
            What it did, and what the step earned.
        """
        return self._act("scale_service", service=service, replicas=replicas)

    def disable_feature_flag(self, flag: str) -> str:
        """
        Turn a feature flag off.

        Args:
            flag: One of the feature flags that the page names.

        Returns:
            What it did, and what the step earned.
        """
        return self._act("disable_feature_flag", flag=flag)

    def execute_runbook_step(self, runbook_action: str) -> str:
        """
        Carry out one of the runbook's procedures.

        Args:
            runbook_action: One of the runbook's steps that the page names.

        Returns:
            What it did or measured, and what the step earned.
        """
        return self._act("execute_runbook_step", runbook_action=runbook_action)


class AlertClassification(_Diagnosing):
    """The easy task: how bad is it?"""

    task_id = "alert_classification"

    def submit_severity(self, severity: Literal["P1", "P2", "P3", "P4"], service: str) -> str:
        """
        Classify the incident; ends the episode.

        Args:
            severity: From P1, a complete outage, to P4, informational.
            service: The service at fault.

        Returns:
            The score and its reasons.
        """
        return self._act("submit_severity", severity=severity, service=service)


class RootCauseAnalysis(_Mending):
    """The medium task: who did it, and how did it fail?"""

    task_id = "root_cause_analysis"

    def submit_root_cause(self, service: str, failure_mode: str) -> str:
        """
        Name the service at fault and how it failed; ends the episode.

        Args:
            service: The service at fault.
            failure_mode: How it failed, in your own words.

        Returns:
            The score and its reasons.
        """
        return self._act("submit_root_cause", service=service, failure_mode=failure_mode)


class RemediationPlanning(_Mending):
    """The hard task: mend it so that it lasts, and write it up."""

    task_id = "remediation_planning"

    def submit_resolution(self, summary: str) -> str:
        """
        Write up cause and repair in three sentences or more; ends the episode.

        Args:
            summary: What was at fault, how it failed, and what was done about it.

        Returns:
            The score and its reasons.
        """
        return self._act("submit_resolution", summary=summary)


ENVIRONMENTS: dict[str, type[_Incident]] = {
    each.task_id: each for each in (AlertClassification, RootCauseAnalysis, RemediationPlanning)
}
"""By task: as it stands for a trainer that takes several environments, told apart by the column `environment`."""


def rows(task_id: str, seeds: Sequence[int] = (0,)) -> list[dict[str, Any]]:
    """A dataset's rows for a task: every scenario of it once a seed."""
    task = scenarios.task(task_id)
    prompt = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": task.description}]
    wishes = [(index, seed) for seed in seeds for index in range(len(scenarios.ids_of_task(task_id)))]
    return [{"prompt": prompt, "environment": task_id, "scenario_index": index, "seed": seed} for index, seed in wishes]


def score(environments: Sequence[_Incident], **_columns: Any) -> list[float | None]:
    """A reward function: the grader's score of each episode; None where the lab failed, which trainers leave out."""
    return [each.score for each in environments]


def earned(environments: Sequence[_Incident], **_columns: Any) -> list[float]:
    """A reward function: what the steps of each episode earned, for training that needs more than the end."""
    return [each.earned for each in environments]
