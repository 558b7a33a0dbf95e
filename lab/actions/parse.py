"""From what a client sent to an action or a move, and back; a refusal is one sentence."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from lab.actions.models import Action, AnyAction
from lab.actions.moves import DESCRIPTIONS, NAME_LIMIT, SUMMARY_LIMIT, Invalid, Move, Query, Remedy, Submission
from lab.errors import BadAction
from lab.plain import harmless

# What is kept of an action that could not be read; a longer one is not taken in at all.
_UNREADABLE_LIMIT = 16_000

_ACTION: TypeAdapter[AnyAction] = TypeAdapter(Action)
_PARAMETERS: dict[str, tuple[str, ...]] = {
    name: tuple(model.model_fields["parameters"].annotation.model_fields)
    for model in get_args(AnyAction)
    for name in get_args(model.model_fields["action_type"].annotation)
}


def parse_action(raw: object) -> AnyAction:
    """The action that `raw` (decoded JSON) says, or BadAction with one sentence."""
    try:
        return _ACTION.validate_python(_shaped(raw))
    except ValidationError as error:
        raise BadAction(_sentence(cast("Mapping[str, Any]", raw), error)) from error


def parse_move(raw: object) -> Move:
    """As `parse_action`, but an action that cannot be done comes back as `Invalid`, to be priced.

    BadAction is left for what is no action at all (no object, no action_type, far too long).
    """
    shaped = _shaped(raw)
    parameters = shaped["parameters"]
    if len(parameters) == 1:
        ((name, value),) = parameters.items()
        if type(value) is str and len(value) <= NAME_LIMIT:
            return _of_one_text(shaped["action_type"], name, value)
    return _move(shaped)


@lru_cache(maxsize=4096)
def _of_one_text(action_type: str, name: str, value: str) -> Move:
    # Most moves name one service, the same few over and over: training parses each of them once.
    return _move({"action_type": action_type, "parameters": {name: value}})


def _move(shaped: Mapping[str, Any]) -> Move:
    try:
        return _ACTION.validate_python(shaped).move()
    except ValidationError as error:
        return _invalid(shaped, error)


def action_schema() -> dict[str, Any]:
    """JSON schema of an action, for those who want to write one."""
    return _ACTION.json_schema()


def parameters_of(move: Move) -> dict[str, Any]:
    """The parameters that would be parsed to this move."""
    if isinstance(move, Invalid):
        return dict(move.parameters)
    values = _values(move)
    return {name: value for name, value in zip(_PARAMETERS[move.kind], values, strict=True) if value is not None}


def parameter_names(action_type: str) -> tuple[str, ...]:
    return _PARAMETERS[action_type]


def name_of(move: Move) -> str:
    return move.action_type if isinstance(move, Invalid) else move.kind


def _values(move: Query | Remedy | Submission) -> tuple[object, ...]:
    if isinstance(move, Query):
        return (move.service,)
    if isinstance(move, Submission):
        return _said(move)
    by_kind = {"rollback_deploy": (move.target, move.version), "scale_service": (move.target, move.replicas)}
    return by_kind.get(move.kind, (move.target,))


def _said(move: Submission) -> tuple[object, ...]:
    if move.kind == "submit_severity":
        return (move.says, move.service)
    return (move.service, move.says) if move.kind == "submit_root_cause" else (move.says,)


def _shaped(raw: object) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise BadAction(
            'An action is an object such as {"action_type": "query_logs", "parameters": {"service": "..."}}.'
        )
    action_type = raw.get("action_type")
    if not isinstance(action_type, str) or not 0 < len(action_type) <= NAME_LIMIT:
        raise BadAction(
            f"action_type must be a text of 1 to {NAME_LIMIT} characters; accepted: {_names(DESCRIPTIONS)}."
        )
    parameters = raw.get("parameters")
    if parameters is None:
        return {**raw, "parameters": {}}
    if not isinstance(parameters, Mapping):
        raise BadAction('parameters must be an object such as {"service": "..."}.')
    return raw


def _invalid(raw: Mapping[str, Any], error: ValidationError) -> Invalid:
    if len(str(raw["parameters"])) > _UNREADABLE_LIMIT:
        raise BadAction(f"The action's parameters are too long: at most {SUMMARY_LIMIT} characters are accepted.")
    if not _is_text(raw["action_type"]) or not _is_text(raw["parameters"]):
        raise BadAction("The action holds characters that are no text (half of a surrogate pair).")
    return Invalid(raw["action_type"], raw["parameters"], _sentence(raw, error))


def _is_text(value: object) -> bool:
    """Whether it can be written down again, in a log or an answer."""
    try:
        to_json(value, fallback=repr)
    except (PydanticSerializationError, ValueError):
        return False
    return True


def _sentence(raw: Mapping[str, Any], error: ValidationError) -> str:
    name = raw["action_type"]
    first = error.errors(include_url=False)[0]
    if name not in DESCRIPTIONS:
        return f"There is no action {_quoted(name)}; accepted: {_names(DESCRIPTIONS)}."
    parameter = str(first["loc"][-1])
    takes = f"{name} takes {_names(_PARAMETERS[name])}"
    if first["type"] == "missing":
        return f'{name} needs the parameter "{parameter}"; {takes}.'
    if first["type"] == "extra_forbidden":
        return f"{name} has no parameter {_quoted(parameter)}; {takes}."
    return f'{name}: parameter "{parameter}" is not accepted: {first["msg"]}.'


def _quoted(text: str) -> str:
    return f'"{harmless(text[:60])}"' + (" (cut)" if len(text) > 60 else "")


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)
