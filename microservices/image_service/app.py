"""`GET /pictures/{product}/{number}`."""

from functools import partial
from typing import Annotated

import structlog
from fastapi import FastAPI, HTTPException, Path, Request, Response

from microservices.common.service import service_app
from microservices.image_service.budget import measured, samples_within
from microservices.image_service.picture import draw
from microservices.image_service.settings import Settings
from microservices.image_service.studio import Abandoned, QueueFull, Studio

log = structlog.get_logger()

CLIENT_CLOSED_REQUEST = 499  # nginx's number for it; nobody reads the answer, the metrics do


def build(settings: Settings) -> FastAPI:
    app = service_app(settings)
    samples = samples_within(settings.picture_milliseconds / 1000, measured(partial(draw, 1, 1)))
    log.info("pictures are drawn within their budget", samples=samples, milliseconds=settings.picture_milliseconds)
    studio = Studio(partial(draw, samples=samples), settings.max_queue)

    @app.get("/pictures/{product}/{number}")
    async def picture(
        product: Annotated[int, Path(ge=1, le=20)], number: Annotated[int, Path(ge=1, le=4)], request: Request
    ) -> Response:
        try:
            drawn = await studio.picture(product, number, request.is_disconnected)
        except QueueFull as full:
            raise HTTPException(503, f"render queue full: {full}") from full
        except Abandoned:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        return Response(drawn, media_type="image/png")

    return app
