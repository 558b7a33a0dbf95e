"""The actions as tools for a model, made from the schema that `GET /tasks` gives."""

from collections.abc import Mapping
from typing import Any

from lab.baseline_agent.client import Json

# Which list of the observation holds the values that a parameter may take.
_CHOICES = {"service": "known_services", "flag": "feature_flags", "runbook_action": "runbook"}


def tools_for(schema: Mapping[str, Any], observation: Mapping[str, Any]) -> list[Json]:
    variants = {name: variant for variant in _variants(schema) for name in _names(variant)}
    allowed = [name for name in observation["available_actions"] if name in variants]
    return [_tool(name, variants[name], schema, observation) for name in allowed]


def _variants(schema: Mapping[str, Any]) -> list[Json]:
    return [_resolved(one, schema) for one in schema.get("oneOf", schema.get("anyOf", [schema]))]


def _names(variant: Json) -> list[str]:
    kind = variant["properties"]["action_type"]
    return [kind["const"]] if "const" in kind else list(kind["enum"])


def _tool(name: str, variant: Json, schema: Mapping[str, Any], observation: Mapping[str, Any]) -> Json:
    parameters = _resolved(variant["properties"]["parameters"], schema)
    properties = {key: _property(key, value, observation) for key, value in parameters["properties"].items()}
    function = {
        "name": name,
        "description": variant.get("description", name),
        "parameters": {"type": "object", "properties": properties, "required": parameters.get("required", [])},
    }
    return {"type": "function", "function": function}


def _property(key: str, value: Json, observation: Mapping[str, Any]) -> Json:
    choices = list(observation.get(_CHOICES.get(key, ""), []))
    return {**value, "enum": choices} if choices else value


def _resolved(part: Json, schema: Mapping[str, Any]) -> Json:
    reference = part.get("$ref")
    return schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else part
