"""A scripted world in memory, for tests and nothing else: it becomes healthy once the key's mending steps are done.

It answers like a world, at no cost, for any scenario. Its texts are plainly made up ("tiny world: ...").
"""

from collections.abc import Mapping, Sequence

from lab.actions import Move, Query, Remedy, Submission
from lab.errors import LabFault, Refused
from lab.grading.key import key_of
from lab.scenarios import Scenario
from lab.world import Alert, Evidence, Health, Outcome

FLAGS: Mapping[str, bool] = {
    "express_checkout": True,
    "full_history_export": False,
    "gift_wrapping": True,
    "new_search": False,
    "personal_offers": True,
    "webp_pictures": True,
}


class TinyWorld:
    """`refuses` and `breaks_on` name moves at which it refuses, or fails as a lab would."""

    def __init__(self, refuses: Sequence[Move] = (), breaks_on: Sequence[Move | str] = ()) -> None:
        self.refuses, self.breaks_on = list(refuses), list(breaks_on)
        self.calls: list[Move | str] = []
        self.scenario: Scenario | None = None
        self._done: set[str] = set()
        self._flags = dict(FLAGS)

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        self._note("begin")
        self.scenario, self._done, self._flags = scenario, set(), dict(FLAGS)
        if scenario.fault.flag is not None:
            self._flags[scenario.fault.flag] = True
        return alert_of(scenario, seed)

    def look(self, query: Query) -> Evidence:
        self._note(query)
        return Evidence(f"tiny world: {query.kind} of {query.service}, look {len(self.calls)}", ("figure",))

    def do(self, remedy: Remedy) -> Outcome:
        self._note(remedy)
        if remedy.kind == "disable_feature_flag":
            self._flags[remedy.target] = False
        changed = self._mend(remedy)
        return Outcome(f"tiny world: {remedy.kind} of {remedy.target} done", changed)

    def health(self) -> Health:
        self._note("health")
        missing = [step.id for step in self._of_scenario().answer.remedy if step.mends and step.id not in self._done]
        services = dict.fromkeys(self._of_scenario().brief.known_services, not missing)
        return Health(not missing, tuple(f"tiny world: {step} is still to be done." for step in missing), services)

    def flags(self) -> Mapping[str, bool]:
        return dict(self._flags)

    def end(self) -> None:
        self._note("end")
        self.scenario = None

    def _of_scenario(self) -> Scenario:
        if self.scenario is None:
            raise LabFault("the tiny world was asked before it began")
        return self.scenario

    def _note(self, what: Move | str) -> None:
        self.calls.append(what)
        if what in self.breaks_on:
            raise LabFault("the tiny world broke, as it was told to")
        if what in self.refuses:
            raise Refused("The tiny world refuses, as it was told to.")

    def _mend(self, remedy: Remedy) -> bool:
        scenario = self._of_scenario()
        step = key_of(scenario).step(remedy)
        if step is None or not step.after <= self._done or step.id in self._done:
            return False
        self._done.add(step.id)
        return step.mends


def alert_of(scenario: Scenario, seed: int = 0) -> Alert:
    return Alert(
        id=f"tiny-{seed}",
        title=scenario.brief.title,
        severity_fired=scenario.answer.severity,
        affected_services=scenario.brief.affected_services,
        symptoms=tuple(line.says.format(value="7", healthy="1") for line in scenario.brief.symptoms),
        error_rate=0.5,
        duration_minutes=1.0,
        revenue_impact_per_min=100.0,
    )


GOOD_TEXT: Mapping[str, str] = {
    "RCA-001": "An unbounded export query of analytics-service had postgres killed: out of memory.",
    "RCA-002": "The export filter of network-infra withdrew the BGP routes of az-1, which partitioned the network.",
    "RCA-003": "The rotation by config-service published stale credentials.",
    "RP-001": (
        "analytics-service ran an unbounded export query, and postgres was killed, out of memory. "
        "We turned off the flag full_history_export and restarted analytics-service. "
        "Then we restarted postgres-db, auth-service and order-service and verified the database's health."
    ),
    "RP-002": (
        "A release of network-infra changed the export filter, and the routes of az-1 were withdrawn. "
        "We restored the BGP routes by the runbook. "
        "We rolled back network-infra to its previous release and verified the zones and the checkout."
    ),
    "RP-003": (
        "A release of config-service rotated to stale credentials and published them. "
        "We rolled back config-service and triggered a new rotation of the credentials. "
        "Then we restarted user-service, notification-service and order-service, and verified connections and profiles."
    ),
}
"""For the two harder tasks: a failure mode or a summary that says all."""


def looks(scenario: Scenario) -> list[Query]:
    """As many looks as a careful solver makes: the first at evidence that names the culprit, then other services."""
    clue = scenario.answer.culprit_evidence[0].query
    rest = [name for name in scenario.answer.evidence_services if name != clue.service]
    return [clue, *(Query("check_metrics", name) for name in rest)][: scenario.looks_needed]


def key_remedies(scenario: Scenario) -> list[Remedy]:
    """The key's steps in the order in which they are written, which is one of those allowed."""
    return [step.remedy for step in scenario.answer.remedy]


def submission(scenario: Scenario) -> Submission:
    answer = scenario.answer
    return {
        "easy": Submission("submit_severity", answer.culprit, answer.severity),
        "medium": Submission("submit_root_cause", answer.culprit, GOOD_TEXT.get(scenario.id, "")),
        "hard": Submission("submit_resolution", "", GOOD_TEXT.get(scenario.id, "")),
    }[scenario.task.difficulty]


def perfect_play(scenario: Scenario) -> list[Move]:
    """The moves of a careful solver who makes no mistake."""
    mending = key_remedies(scenario) if scenario.task.difficulty == "hard" else []
    return [*looks(scenario), *mending, submission(scenario)]
