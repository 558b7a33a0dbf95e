"""JSON in and out. What comes in may be anything; what goes out is always valid JSON."""

from typing import Any

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from lab.plain import harmless
from lab.server.errors import NotAccepted

# A name is a word or a UUID; what is longer is nobody's episode.
_ID_LIMIT = 128


def object_in(content: bytes) -> dict[str, Any]:
    """A request's JSON object; an empty body is an empty object."""
    if not content.strip():
        return {}
    try:
        decoded = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise NotAccepted(f"The body is not JSON: {error}.") from error
    if not isinstance(decoded, dict):
        raise NotAccepted('The body must be a JSON object such as {"task_id": "alert_classification"}.')
    return decoded


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query_params) if request.scope["query_string"] else {}


def episode_id_in(query: dict[str, str], body: dict[str, Any]) -> str | None:
    says = "episode_id must be the text that a reset gave; without one the last episode is meant."
    return _name_in(query, body, "episode_id", says)


def fork_id_in(query: dict[str, str], body: dict[str, Any]) -> str | None:
    says = f"fork_id must be a text of 1 to {_ID_LIMIT} characters that show, or left out."
    return _name_in(query, body, "fork_id", says)


def _name_in(query: dict[str, str], body: dict[str, Any], parameter: str, says: str) -> str | None:
    named = query.get(parameter, body.get(parameter))
    if named is None:
        return None
    if not isinstance(named, str) or not 0 < len(named) <= _ID_LIMIT or harmless(named) != named:
        raise NotAccepted(says)
    return named


def encoded(value: object) -> bytes:
    """Serialised once, by hand: nothing is validated or copied on the way out."""
    return to_json(value, inf_nan_mode="strings")


def sent(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def answered(value: object) -> Response:
    return sent(encoded(value))
