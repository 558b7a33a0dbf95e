"""One form of bytes for one value: JSON with sorted names, nothing between, ASCII only; and digests of it."""

import json
from hashlib import sha256
from typing import Any

from lab.errors import LabError


class NotProven(LabError):
    """A bundle that does not prove what it says; the answer is no."""


def to_bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def from_bytes(data: bytes) -> Any:
    """The value, if these are the very bytes in which it would be written."""
    try:
        value = json.loads(data)
        same = to_bytes(value) == data
    except (ValueError, RecursionError) as error:
        raise NotProven(f"It is not JSON: {str(error)[:120]}.") from error
    if not same:
        raise NotProven("Its bytes are not as the lab wrote them; keep the answer of GET /bundle as it came.")
    return value


def digest(value: Any) -> str:
    return sha256(to_bytes(value)).hexdigest()


def linked(before: str, value: Any) -> str:
    """The next link of a hash chain: it stands for the value and for all before it."""
    return sha256(before.encode("ascii") + to_bytes(value)).hexdigest()
