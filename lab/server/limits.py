"""Bounds on what a client sends, as plain ASGI: how long it may be, and how long it may take."""

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.server.errors import TooLarge, TooSlow

BODY_LIMIT = 256 * 1024
SENTENCE = f"The request's body is too long; at most {BODY_LIMIT // 1024} KiB are accepted."
# For all of a body. Who is connected at all has sent it within moments.
BODY_SECONDS = 20.0
# What a WebSocket's close says to a message that is too long (RFC 6455, 7.4.1).
TOO_BIG = 1009


class BodyLimit:
    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT, seconds: float = BODY_SECONDS) -> None:
        self.app, self.limit, self.seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.app(scope, _short(receive, send, self.limit), send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif (_declared(scope) or 0) > self.limit:
            await JSONResponse({"detail": SENTENCE}, 413)(scope, receive, send)
        else:
            await self.app(scope, _Body(receive, self.limit, self.seconds), send)


def _declared(scope: Scope) -> int | None:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    return int(value) if value is not None and value.isdigit() else None


class _Body:
    """Counts what comes, as a length that is declared may be missing, and waits for it for so long and no longer."""

    __slots__ = ("_left", "_receive", "_until", "_whole")

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive, self._left, self._whole = receive, limit, False
        self._until = asyncio.get_running_loop().time() + seconds

    async def __call__(self) -> Message:
        if self._whole:
            # What comes now is the client's leaving, and that may take as long as it likes.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow("The request's body did not come in time; send it at once.") from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge(SENTENCE)
        self._whole = not message.get("more_body", False)
        return message


def _short(receive: Receive, send: Send, limit: int) -> Receive:
    """Ends a socket whose client sends a message that is too long; to the app it has left."""

    async def short() -> Message:
        message = await receive()
        if len(message.get("bytes") or message.get("text") or "") <= limit:
            return message
        await send({"type": "websocket.close", "code": TOO_BIG, "reason": "The message is too long."})
        return {"type": "websocket.disconnect", "code": TOO_BIG}

    return short
