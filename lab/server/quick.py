"""The two calls that training makes over and over, answered before the framework looks for a route.

They are the routes' own functions, so that what is asked, answered and refused is the same; only the way is shorter.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from lab.errors import LabError
from lab.server.errors import refusal, unforeseen

Call = Callable[[dict[str, str], bytes], Awaitable[bytes]]


class Gone(Exception):
    """The client left before it had said all."""


class Quick:
    def __init__(self, app: ASGIApp, calls: Mapping[str, Call]) -> None:
        self.app, self._calls = app, calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and scope["method"] == "POST"
        call = self._calls.get(scope["path"]) if wanted else None
        if call is None:
            await self.app(scope, receive, send)
            return
        try:
            content = await call(_query(scope["query_string"]), await _content(receive))
        except Gone:
            return
        except LabError as error:
            await refusal(error)(scope, receive, send)
        except Exception as error:
            await unforeseen(error)(scope, receive, send)
            raise  # the server writes it down
        else:
            await _answer(send, content)


def _query(raw: bytes) -> dict[str, str]:
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}


async def _content(receive: Receive) -> bytes:
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        content += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Gone
    return content


async def _answer(send: Send, content: bytes) -> None:
    length = str(len(content)).encode()
    headers = [(b"content-length", length), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
