"""`GET /metrics`, and for operators `POST /ops/vacuum`; a plain WSGI server, as a framework would cost megabytes."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

Answer = Iterable[bytes]
StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Answer]

VACUUM = "/ops/vacuum"


class VacuumFailed(Exception):
    """The database did not do it; carries its words."""


def serve(host: str, port: int, application: Application) -> WSGIServer:
    return make_server(host, port, application, ThreadingWSGIServer, _Quiet)


def application(registry: CollectorRegistry, vacuum: Callable[[], float]) -> Application:
    """`vacuum` says how many seconds it took."""
    metrics = make_wsgi_app(registry)

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Answer:
        if environ["PATH_INFO"] != VACUUM:
            measured: Answer = metrics(environ, start_response)
            return measured
        if environ["REQUEST_METHOD"] != "POST":
            return _json(start_response, "405 Method Not Allowed", {"detail": "vacuuming is a POST"})
        try:
            return _json(start_response, "200 OK", {"seconds": round(vacuum(), 2)})
        except VacuumFailed as failed:
            return _json(start_response, "503 Service Unavailable", {"detail": str(failed)})

    return answer


def _json(start_response: StartResponse, status: str, body: dict[str, Any]) -> Answer:
    start_response(status, [("content-type", "application/json")])
    return [json.dumps(body).encode()]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape each two seconds is not worth a line."""
