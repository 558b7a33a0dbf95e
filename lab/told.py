"""What an observation holds of one action: whoever shows a step shows that, and not all that was seen before."""

from collections.abc import Iterable, Mapping
from typing import Any


def evidence_of(observation: Mapping[str, Any], action_type: str, targets: Iterable[object]) -> str:
    """The evidence that this action has brought, or nothing: what is refused brings none, whatever stands there."""
    if observation["last_action_error"]:
        return ""
    by_target: Mapping[str, str] = observation["queried_data"].get(action_type, {})
    names = (name for target in map(str, targets) for name in (target, target.lower()))
    return next((by_target[name] for name in names if name in by_target), "")
