"""The profiles table."""

from typing import Any, LiteralString

from microservices.common.database import Database

Row = dict[str, Any]

SELECT = "select user_id, name, street, city, email from profiles where "


class DatabaseProfiles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_id(self, user_id: int) -> Row | None:
        return await self._one("user_id = %s", user_id)

    async def by_email(self, email: str) -> Row | None:
        return await self._one("email = %s", email)

    async def _one(self, condition: LiteralString, value: int | str) -> Row | None:
        async with self._database.connection() as connection:
            rows = await connection.execute(SELECT + condition, [value])
            return await rows.fetchone()
