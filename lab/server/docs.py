"""What the OpenAPI document says of each route: shapes, examples, and how each can fail. Made from the same models."""

from typing import Any

from lab.actions import action_schema
from lab.server import shapes
from lab.server.wishes import ResetWish

_EPISODE_ID = {
    "name": "episode_id",
    "in": "query",
    "required": False,
    "description": "Which episode; without it the one that was reset last.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_FORK_ID = {
    "name": "fork_id",
    "in": "query",
    "required": False,
    "description": "A name of your own for the second episode.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_FORK_WISH = {
    "type": "object",
    "title": "ForkWish",
    "properties": {part["name"]: part["schema"] for part in (_EPISODE_ID, _FORK_ID)},
}
_FAILURES = {
    400: "No episode has begun yet.",
    404: "No such episode; idle ones are dropped.",
    408: "The body did not come in time.",
    409: "The one cluster is being made ready for another episode.",
    413: "The body is too long.",
    422: "The request is wrong; the sentence says what is accepted. The episode is unharmed.",
    503: "The lab itself failed; the episode is void.",
}
_EXAMPLES = {
    "look": {"value": {"action_type": "query_logs", "parameters": {"service": "postgres-db"}}},
    "mend": {"value": {"action_type": "execute_runbook_step", "parameters": {"runbook_action": "verify_db_health"}}},
    "classify": {
        "value": {"action_type": "submit_severity", "parameters": {"severity": "P4", "service": "api-gateway"}}
    },
    "wrapped": {"value": {"action": {"action_type": "check_metrics", "parameters": {"service": "api-gateway"}}}},
}


def _fails(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": shapes.Problem, "description": _FAILURES[code]} for code in codes}


def without_refs(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema with its definitions written out where they are used: inside a document `$defs` has no place."""
    definitions = schema.get("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(part) for part in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolved(definitions[node["$ref"].rsplit("/", 1)[-1]])
        # The mapping of a discriminator points into the definitions; the constants in the parts say the same.
        return {key: resolved(part) for key, part in node.items() if key not in ("$defs", "discriminator")}

    whole: dict[str, Any] = resolved(schema)
    return whole


def _body(schema: dict[str, Any], examples: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _reset_parameters() -> list[dict[str, Any]]:
    properties = ResetWish.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema["description"],
            "schema": next(part for part in schema["anyOf"] if part != {"type": "null"}),
        }
        for name, schema in properties.items()
    ]


def _step_body() -> dict[str, Any]:
    action = without_refs(action_schema())
    wrapped = {"type": "object", "properties": {"action": action}, "required": ["action"], "title": "Wrapped"}
    return _body({"anyOf": [action, wrapped]}, _EXAMPLES, required=True)


_RESET_EXAMPLES = {
    "first": {"value": {}},
    "second_of_a_task": {"value": {"task_id": "root_cause_analysis", "scenario_index": 1}},
    "by_id": {"value": {"scenario_id": "RP-003", "seed": 7}},
}

HEALTH: dict[str, Any] = {"response_model": shapes.HealthShape, "tags": ["server"], "summary": "Health"}
TASKS: dict[str, Any] = {"response_model": shapes.TasksShape, "tags": ["server"], "summary": "Tasks"}
RESET: dict[str, Any] = {
    "response_model": shapes.ObservationShape,
    "responses": _fails(408, 409, 413, 422, 503),
    "tags": ["episode"],
    "summary": "Reset",
    "openapi_extra": {
        "parameters": _reset_parameters(),
        "requestBody": _body(without_refs(ResetWish.model_json_schema()), _RESET_EXAMPLES, required=False),
    },
}
STEP: dict[str, Any] = {
    "response_model": shapes.StepShape,
    "responses": _fails(400, 404, 408, 413, 422, 503),
    "tags": ["episode"],
    "summary": "Step",
    "openapi_extra": {"parameters": [_EPISODE_ID], "requestBody": _step_body()},
}
FORK: dict[str, Any] = {
    "response_model": shapes.ObservationShape,
    "responses": _fails(400, 404, 408, 413, 422, 503)
    | {409: {"model": shapes.Problem, "description": "There cannot be a second one: live world, or void episode."}},
    "tags": ["episode"],
    "summary": "Fork",
    "openapi_extra": {
        "parameters": [_EPISODE_ID, _FORK_ID],
        "requestBody": _body(_FORK_WISH, {"last": {"value": {}}, "named": {"value": {"fork_id": "b"}}}, required=False),
    },
}
STATE: dict[str, Any] = {
    "response_model": shapes.StateShape | shapes.ResettingShape,
    "responses": _fails(400, 404, 422, 503),
    "tags": ["episode"],
    "summary": "State",
    "openapi_extra": {"parameters": [_EPISODE_ID]},
}
GRADER: dict[str, Any] = {
    "response_model": shapes.GradeShape,
    "responses": _fails(400, 404, 422),
    "tags": ["episode"],
    "summary": "Grader",
    "openapi_extra": {"parameters": [_EPISODE_ID]},
}
BUNDLE: dict[str, Any] = {
    "response_model": shapes.BundleShape,
    "responses": _fails(400, 404, 422, 503) | {409: {"model": shapes.Problem, "description": "It still runs."}},
    "tags": ["episode"],
    "summary": "Score bundle",
    "openapi_extra": {"parameters": [_EPISODE_ID]},
}
