"""Around every request: its id, its metrics, its line in the log, and now and then `connection: close`.

A caller that keeps a connection for ever stays with the pod that was there first, in whichever zone: after all pods of
a service were replaced at once, traffic would never find back to its own.
"""

import random
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microservices.common import logs, metrics

EXEMPT = frozenset({"/healthz", "/readyz", "/metrics"})
SLOW_SECONDS = 1.0
LOGGED_SHARE = 0.1
"""Of the requests that went well, so that the logs stay small."""
LAST_SHARE = 0.1
"""Of the answers, those that are the last on their connection; a new one costs a millisecond."""


class Lifecycle:
    """What the server's end and the answers have in common."""

    draining = False

    def lets_go(self) -> bool:
        return self.draining or random.random() < LAST_SHARE


class Observe:
    def __init__(self, app: ASGIApp, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await Exchange(scope, send, self._lifecycle).run(self._app, receive)


class Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, send: Send, lifecycle: Lifecycle) -> None:
        self._scope = scope
        self._send = send
        self._lifecycle = lifecycle
        self._code = 500
        self._begun = time.perf_counter()

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        token = logs.request_id.set(_request_id(self._scope))
        try:
            await app(self._scope, receive, self._answer)
        finally:
            if self._scope["path"] not in EXEMPT:
                self._account(time.perf_counter() - self._begun)
            logs.request_id.reset(token)

    async def _answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._code = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = logs.request_id.get()
            if self._lifecycle.lets_go():
                headers["connection"] = "close"
        await self._send(message)

    def _account(self, seconds: float) -> None:
        route = _route(self._scope)
        metrics.http_requests.labels(route, str(self._code)).inc()
        metrics.http_seconds.labels(route).observe(seconds)
        if self._code >= 500 or seconds > SLOW_SECONDS:
            self._line("warning", route, seconds)
        elif random.random() < LOGGED_SHARE:
            self._line("info", route, seconds)

    def _line(self, level: str, route: str, seconds: float) -> None:
        facts: dict[str, Any] = {
            "method": self._scope["method"],
            "route": route,  # not the path, which may carry a session
            "code": self._code,
            "seconds": round(seconds, 3),
        }
        if reason := self._scope.get("state", {}).get("failure"):
            facts["error"] = reason
        getattr(structlog.get_logger(), level)("request", **facts)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and value:
            return str(value.decode("latin-1"))
    return uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a label must not grow with the number of users."""
    return getattr(scope.get("route"), "path", "unmatched")
