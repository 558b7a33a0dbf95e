"""Flags under `/flags`, the published credentials (never a password) under `/credentials`, rotation by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from microservices.common import metrics
from microservices.common.kube import Kube, KubeError
from microservices.common.periodic import in_background, repeating, stopped_within
from microservices.common.refusals import words_of
from microservices.common.service import service_app
from microservices.config_service.check import CONCERN, Check
from microservices.config_service.credentials import PUBLISHED, NoSuchSet, Vault
from microservices.config_service.flags import Flags, UnknownFlag
from microservices.config_service.roles import PostgresRoles, Roles
from microservices.config_service.rotation import Restarter, Rotation
from microservices.config_service.settings import Settings

log = structlog.get_logger()

_RELEASE_CONCERN = "release_rotates_stale_set"
_SECONDS_BETWEEN_TRIES = 2.0
_UNAVAILABLE = (KubeError, psycopg.OperationalError)


class Wanted(BaseModel):
    enabled: bool


def build(settings: Settings) -> FastAPI:
    roles = PostgresRoles(settings.db_host, settings.db_port, settings.db_name, settings.db_user, settings.db_password)
    return assemble(settings, Kube.in_cluster(), roles)


def assemble(settings: Settings, kube: Kube, roles: Roles) -> FastAPI:
    vault = Vault(kube, settings.pod_namespace)
    check = Check(vault, roles)
    restarter = Restarter(kube, settings.pod_namespace)
    rotation = Rotation(vault, roles, restarter, settings.version, settings.credential_set)
    app = service_app(
        settings, _closing(kube), repeating(settings.check_seconds, check.run), _rotating(settings, rotation)
    )
    metrics.declare_concerns(CONCERN)
    metrics.set_concern(_RELEASE_CONCERN, settings.credential_set == "previous")
    _add_failures(app)
    _add_flags(app, Flags(kube, settings.pod_namespace))
    _add_credentials(app, vault, check, rotation)
    return app


def _add_flags(app: FastAPI, flags: Flags) -> None:
    @app.get("/flags")
    async def every_flag() -> dict[str, bool]:
        return await flags.all()

    @app.get("/flags/{name}")
    async def one_flag(name: str) -> dict[str, Any]:
        return {"name": name, "enabled": await flags.enabled(name)}

    @app.put("/flags/{name}")
    async def set_flag(name: str, wanted: Wanted) -> dict[str, Any]:
        was = await flags.put(name, wanted.enabled)
        log.info("flag set", flag=name, enabled=wanted.enabled, was=was)
        return {"name": name, "enabled": wanted.enabled, "was": was}


def _add_credentials(app: FastAPI, vault: Vault, check: Check, rotation: Rotation) -> None:
    @app.get("/credentials")
    async def credentials() -> dict[str, Any]:
        published = await vault.read(PUBLISHED)
        return {"generation": published.generation, "rotation": published.rotation, "login": check.last}

    @app.post("/ops/rotate-credentials")
    async def rotate() -> dict[str, Any]:
        published = await rotation.run(by_hand=True)
        await check.run()
        return {"generation": published.generation, "rotation": published.rotation, "login": check.last}


def _add_failures(app: FastAPI) -> None:
    async def unavailable(request: Request, error: Exception) -> Response:
        request.state.failure = _reason(error)
        return JSONResponse({"detail": _reason(error)}, status_code=503)

    async def missing(_request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error.args[0])}, status_code=404)

    for trouble in _UNAVAILABLE:
        app.add_exception_handler(trouble, unavailable)
    for absence in (UnknownFlag, NoSuchSet):
        app.add_exception_handler(absence, missing)


def _reason(error: Exception) -> str:
    return words_of(error) if isinstance(error, psycopg.Error) else str(error)


async def _rotate_once(rotation: Rotation) -> None:
    """The release's own rotation: tried until the cluster and the database let it happen."""
    done = False
    while not done:
        try:
            await rotation.run(by_hand=False)
            done = True
        except _UNAVAILABLE as error:
            log.warning("secrets rotation not possible yet", error=_reason(error))
            done = await stopped_within(asyncio.Event(), _SECONDS_BETWEEN_TRIES)
        except NoSuchSet as error:
            log.error("secrets rotation not possible", error=str(error))
            done = True


@asynccontextmanager
async def _rotating(settings: Settings, rotation: Rotation) -> AsyncIterator[None]:
    async with in_background(*([_rotate_once(rotation)] if settings.rotate_on_start else [])):
        yield


@asynccontextmanager
async def _closing(kube: Kube) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await kube.close()
