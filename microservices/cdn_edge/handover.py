"""What an edge that serves hands to the one that starts in its place, so that a release does not begin with nothing.

Entries keep the lifetime that they have left. Where no edge serves, or it holds nothing, there is nothing to take over.
"""

import base64
from typing import Any

import httpx
import structlog

from microservices.cdn_edge.cache import EdgeCache
from microservices.common.http_client import shared_client

log = structlog.get_logger()

PATH = "/ops/entries"
_PATIENCE = 2.0


def packed(cache: EdgeCache[Any]) -> list[dict[str, Any]]:
    return [{"key": key, "seconds": seconds, **_written(value)} for key, value, seconds in cache.entries()]


def unpack(entries: list[dict[str, Any]], cache: EdgeCache[Any]) -> int:
    for entry in entries:
        cache.take(entry["key"], _read(entry), entry["seconds"])
    return len(entries)


async def take_over(cache: EdgeCache[Any], url: str) -> None:
    """Not through a Peer: the edge is no peer of itself, and having no elder is no failure."""
    try:
        answer = await shared_client().get(f"{url}{PATH}", timeout=_PATIENCE)
        taken = unpack(answer.raise_for_status().json(), cache)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        log.info("no cache taken over", reason=str(error) or type(error).__name__)
        return
    log.info("cache taken over from the edge that serves", entries=taken)


def _written(value: Any) -> dict[str, Any]:
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else {"json": value}


def _read(entry: dict[str, Any]) -> Any:
    return base64.b64decode(entry["bytes"]) if "bytes" in entry else entry["json"]
