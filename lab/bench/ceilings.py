"""The ceilings: servers that do nothing: `python -m lab.bench.ceilings fastapi|openenv PORT`."""

import json
import sys
from itertools import cycle
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from lab.bench.wire import LOOPBACK


def fastapi_app(bodies: Path) -> FastAPI:
    """Plain routes that answer the bytes that the lab has answered, in turn."""
    app = FastAPI()
    answers = cycle([text.encode() for text in json.loads(bodies.read_text())])

    @app.post("/reset")
    async def reset() -> Response:
        return Response(next(answers), media_type="application/json")

    @app.post("/step")
    async def step() -> Response:
        return Response(next(answers), media_type="application/json")

    return app


def openenv_app() -> FastAPI:
    from openenv.core.env_server.http_server import HTTPEnvServer
    from openenv.core.env_server.types import ConcurrencyConfig, ServerMode

    from lab.bench.nothing import Nothing, NothingAction, NothingObservation

    app = FastAPI()
    server = HTTPEnvServer(
        Nothing, NothingAction, NothingObservation, concurrency_config=ConcurrencyConfig(max_concurrent_envs=4)
    )
    server.register_routes(app, mode=ServerMode.PRODUCTION)
    return app


def main(kind: str, port: str, *arguments: str) -> None:
    app = openenv_app() if kind == "openenv" else fastapi_app(Path(*arguments))
    uvicorn.run(app, host=LOOPBACK, port=int(port), log_level="warning", access_log=False, ws_per_message_deflate=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
