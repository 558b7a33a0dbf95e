"""The server in a thread of this process, from its first answer to its last."""

import errno
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI

from lab.cluster.wait import NotYet, wait_until
from lab.errors import LabFault, Missing
from lab.play.impatient import Impatient
from lab.server.app import create_app
from lab.server.logs import Log
from lab.server.sessions import Sessions
from lab.server.settings import ServerSettings
from lab.worlds import WorldSource

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
QUICK_SECONDS = 1.0
# Asked after a minute of silence, then thrice more; what was sent and is not taken in is given up after as long.
KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


class Served(NamedTuple):
    url: str
    sessions: Sessions


@contextmanager
def serving(source: WorldSource, port: int, host: str = LOOPBACK, log: Log | None = None) -> Iterator[Served]:
    """Leaving it ends every episode, and so leaves a cluster healed."""
    # A line for each step would come between the lines of the one who plays.
    settings = ServerSettings(log_steps=False, openenv_ready=False)
    app = create_app(source, settings, log or Log(steps=False))
    with bound(host, port) as listener, _running(app, listener):
        yield Served(address(listener), app.state.sessions)


def serve(app: FastAPI, listener: socket.socket) -> None:
    """In the foreground, until stopped."""
    _server(app).run(sockets=[listener])


def bound(host: str, port: int) -> socket.socket:
    """Bound before the server starts, so that a port in use is told in a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return with_keepalive(socket.create_server((host, port), family=family))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Missing(f"Port {port} of {host} is in use; name another with --port.") from error
        raise Missing(f"{host} port {port} cannot be listened on: {error.strerror}.") from error


def with_keepalive(listener: socket.socket) -> socket.socket:
    """Connections inherit it: a peer that vanished without a word is noticed within two minutes, not hours."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            listener.setsockopt(socket.IPPROTO_TCP, option, seconds)
    return listener


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _running(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    server = _server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
    thread.start()
    try:
        wait_until(lambda: _must_be_up(server, thread), START_SECONDS, every=0.05, what="the server")
        yield
    finally:
        server.should_exit = True
        thread.join(QUICK_SECONDS)
        if thread.is_alive():
            sys.stderr.write("The server is ending; a moment.\n")
        thread.join()


def _must_be_up(server: uvicorn.Server, thread: threading.Thread) -> None:
    if not thread.is_alive():
        raise LabFault("The server did not start; what it said stands above.")
    if not server.started:
        raise NotYet("it starts")


def _server(app: FastAPI) -> uvicorn.Server:
    # Most clients are on this machine, where compressing a message takes longer than sending it.
    config = uvicorn.Config(app, http=Impatient, log_level="warning", access_log=False, ws_per_message_deflate=False)
    return uvicorn.Server(config)
