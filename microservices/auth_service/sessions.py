"""Sessions in redis: a token that nobody can guess, and whose it is."""

import secrets
from typing import Protocol


class Store(Protocol):
    async def get(self, key: str) -> str | None: ...
    async def put(self, key: str, value: str, seconds: int) -> None: ...


class Sessions:
    def __init__(self, store: Store, seconds: int) -> None:
        self._store = store
        self._seconds = seconds

    async def begin(self, user_id: int) -> str:
        token = secrets.token_urlsafe(24)
        await self._store.put(token, str(user_id), self._seconds)
        return token

    async def user_of(self, token: str) -> int | None:
        found = await self._store.get(token)
        return None if found is None else int(found)
