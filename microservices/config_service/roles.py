"""The database side of a rotation: setting a role's password and asking whether a login with one works."""

from enum import StrEnum
from typing import Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from microservices.config_service.credentials import Credentials

_PATIENCE = 2  # seconds; libpq takes no less


class Login(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the database did not get so far as to look at the password


class Roles(Protocol):
    async def set_password(self, role: str, password: str) -> None: ...
    async def try_login(self, credentials: Credentials) -> Login: ...


class PostgresRoles:
    def __init__(self, host: str, port: int, database: str, admin: str, password: str) -> None:
        self._target = make_conninfo(host=host, port=port, dbname=database, connect_timeout=_PATIENCE)
        self._admin = (admin, password)

    async def set_password(self, role: str, password: str) -> None:
        command = sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
        async with await self._connect(*self._admin) as connection:
            await connection.execute(command)

    async def try_login(self, credentials: Credentials) -> Login:
        try:
            connection = await self._connect(credentials.username, credentials.password)
        except psycopg.OperationalError as error:
            # A failed start of a connection carries no SQLSTATE in libpq, only the server's words.
            return Login.REFUSED if "password authentication failed" in str(error) else Login.UNKNOWN
        await connection.close()
        return Login.ACCEPTED

    async def _connect(self, user: str, password: str) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(make_conninfo(self._target, user=user, password=password))
