"""A bound on request bodies, as plain ASGI: what is too long is refused before it is read."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.server.errors import TooLarge

BODY_LIMIT = 256 * 1024
SENTENCE = f"The request's body is too long; at most {BODY_LIMIT // 1024} KiB are accepted."


class BodyLimit:
    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif (declared := _declared(scope)) is None:
            await self.app(scope, _counted(receive, self.limit), send)
        elif declared > self.limit:
            await JSONResponse({"detail": SENTENCE}, 413)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _declared(scope: Scope) -> int | None:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    return int(value) if value is not None and value.isdigit() else None


def _counted(receive: Receive, limit: int) -> Receive:
    """For bodies that come in chunks without saying how long they will be."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge(SENTENCE)
        return message

    return counted
