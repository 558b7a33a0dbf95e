"""The way to the page: which paths are its own, what they answer until it is loaded, and what a browser may load."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.server.lazy import LazyApp

_PATHS = frozenset(
    {"/", "/theme.css", "/gradio_api/startup-events", "/gradio_api/queue/join", "/gradio_api/queue/data"}
)
_FOLDERS = ("/assets/", "/static/", "/gradio_api/heartbeat/")
_ICON_PATH = "/favicon.ico"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fae"/>'
    '<path d="M4 18h6l3-9 6 15 3-6h6" fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round"/></svg>'
)
# From here and nowhere else. Gradio makes its components' scripts from text, hence 'unsafe-eval'.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)


class PageRoute(BaseRoute):
    """Takes the page's own paths only, so that all others are answered as if there was no page."""

    def __init__(self, lazy: LazyApp, meanwhile: Callable[[], str]) -> None:
        self._app = _with_policy(lazy)
        self.lazy, self._meanwhile = lazy, meanwhile

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        mine = scope["type"] == "http" and (path in _PATHS or path == _ICON_PATH or path.startswith(_FOLDERS))
        return (Match.FULL, {}) if mine else (Match.NONE, {})

    def url_path_for(self, name: str, /, **path_params: object) -> object:  # type: ignore[override]
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/" and scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if scope["path"] == _ICON_PATH:
            await Response(_ICON, media_type="image/svg+xml")(scope, receive, send)
        elif self.lazy.is_settled:
            await self._app(scope, receive, send)
        elif scope["path"] == "/":
            self.lazy.begin()
            await HTMLResponse(self._meanwhile())(scope, receive, send)
        else:
            await JSONResponse({"detail": "The page is being loaded; ask again."}, 503)(scope, receive, send)


def _with_policy(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["Referrer-Policy"] = "no-referrer"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await app(scope, receive, sent)

    return guarded
