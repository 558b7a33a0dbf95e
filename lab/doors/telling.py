"""Observations as plain text for a language model: the page at the beginning, then what each step showed and earned."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.client.answers import Alert, Observation

_TARGETS = ("service", "flag", "runbook_action")


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
    """The evidence that this action brought, or nothing."""
    by_target = seen["queried_data"].get(action["action_type"], {})
    named = (str(action["parameters"].get(name, "")) for name in _TARGETS)
    return next((by_target[key] for name in named for key in (name, name.lower()) if key in by_target), "")


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
