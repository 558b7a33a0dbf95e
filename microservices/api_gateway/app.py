from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from microservices.api_gateway.backends import Backends, Passed
from microservices.api_gateway.routes import add_routes
from microservices.api_gateway.settings import Settings
from microservices.common.service import service_app


def build(settings: Settings, backends: Backends | None = None) -> FastAPI:
    app = service_app(settings)
    app.add_exception_handler(Passed, _passed)
    add_routes(app, backends or Backends.of(settings))
    return app


async def _passed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Passed)
    return JSONResponse({"detail": error.detail}, status_code=error.code)
