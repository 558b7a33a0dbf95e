"""Observations as plain text for a language model: the page at the beginning, then what each step showed and earned."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.client.answers import Alert, Observation
from lab.told import evidence_of


def page(seen: Observation) -> str:
    """What the on-call gets: the alert, and what there is to ask and to do."""
    parts = [
        f"ALERT {seen['alert']['title']}",
        seen["incident_summary"],
        _listed("Symptoms", seen["alert"]["symptoms"]),
        _listed("Figures", _figures(seen["alert"])),
        f"Services: {', '.join(seen['known_services'])}",
        *(_means(seen) if "execute_runbook_step" in seen["available_actions"] else []),
        seen["feedback"],
    ]
    return "\n\n".join(parts)


def told(seen: Observation, action: Mapping[str, Any]) -> str:
    """What this action showed and what it earned; what was seen before is not said again."""
    return "\n\n".join(part for part in (evidence(seen, action), seen["feedback"]) if part)


def evidence(seen: Observation, action: Mapping[str, Any]) -> str:
    return evidence_of(seen, action["action_type"], action["parameters"].values())


def _means(seen: Observation) -> list[str]:
    """Where nothing can be mended, neither flags nor runbook are of use."""
    flags = ", ".join(f"{name} ({'on' if on else 'off'})" for name, on in seen["feature_flags"].items())
    return [
        f"Feature flags: {flags}",
        _listed("Runbook", (f"{name}: {says}" for name, says in seen["runbook"].items())),
    ]


def _figures(alert: Alert) -> list[str]:
    return [
        f"severity {alert['severity_fired']}, for {alert['duration_minutes']:.1f} minutes",
        f"hurt: {', '.join(alert['affected_services'])}",
        f"error rate {alert['error_rate']:.3f}, ${alert['revenue_impact_per_min']:,.0f} a minute lost",
    ]


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{title}:", *(f"- {line}" for line in lines)])
