"""What really happened in a scenario, told once its episode is over."""

from typing import Any

from lab.scenarios import Fault, Scenario


def truth_of(scenario: Scenario) -> dict[str, Any]:
    answer = scenario.answer
    return {
        "culprit": answer.culprit,
        "severity": answer.severity,
        "change": change_of(scenario.fault),
        "failure_mode": [concept.name for concept in answer.failure_mode],
        "evidence": [f"{clue.action} {clue.service}" for clue in answer.culprit_evidence],
        "repair": [f"{step.action} {step.target}" for step in answer.remedy],
        "innocent_releases": [f"{one.service} {one.change_cause}" for one in scenario.fault.innocent_releases],
    }


def change_of(fault: Fault) -> str:
    """What the careless engineer did."""
    if fault.flag is not None:
        return f"The feature flag {fault.flag} was turned on, and {fault.service} works under it."
    settings = ", ".join(f"{name}={value}" for name, value in fault.env.items())
    return f"{fault.service} was released as {fault.change_cause}" + (f" ({settings})." if settings else ".")
