"""The sessions to postgres beside us: one kept for measuring, one of its own for each vacuuming."""

import time
from functools import partial
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from microservices.common.settings import DatabaseSettings
from microservices.db_exporter.measure import Meter
from microservices.db_exporter.server import VacuumFailed

# Below the scrape's own patience, so that a postgres that hangs is reported as down and not as a failed scrape.
_CONNECT_SECONDS = 2
_STATEMENT_MILLISECONDS = 1500
_VACUUM_MILLISECONDS = 25_000


class Settings(DatabaseSettings):
    service_name: str = "db-exporter"
    db_host: str = "127.0.0.1"
    db_user: str = "monitor"


def meter(settings: Settings) -> Meter:
    target = _target(settings, _STATEMENT_MILLISECONDS)
    connect: partial[psycopg.Connection[Any]] = partial(psycopg.Connection.connect, target, autocommit=True)
    return Meter(connect, psycopg.Error)


def vacuum(settings: Settings) -> float:
    begun = time.monotonic()
    try:
        with psycopg.Connection.connect(_target(settings, _VACUUM_MILLISECONDS), autocommit=True) as session:
            session.execute("vacuum (analyze)")
    except psycopg.Error as error:
        raise VacuumFailed(" ".join(str(error).split())) from error
    return time.monotonic() - begun


def _target(settings: Settings, milliseconds: int) -> str:
    return make_conninfo(
        host=settings.db_host,
        port=settings.db_port,
        dbname=settings.db_name,
        user=settings.db_user,
        password=settings.db_password,
        application_name=settings.service_name,
        connect_timeout=_CONNECT_SECONDS,
        options=f"-c statement_timeout={milliseconds}",
    )
