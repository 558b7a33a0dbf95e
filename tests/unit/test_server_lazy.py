"""An app that is built later: once, alone, and with its own reason where it could not be."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from lab.server.lazy import LazyApp


def test_it_is_built_once_for_all_who_wait() -> None:
    built: list[FastAPI] = []

    def build() -> FastAPI:
        built.append(FastAPI())
        return built[-1]

    async def both() -> list[FastAPI]:
        lazy = LazyApp(build)
        assert not lazy.is_settled
        apps = await asyncio.gather(lazy.ready(), lazy.ready())
        assert lazy.is_settled
        await lazy.end()
        return apps

    assert asyncio.run(both()) == [built[0], built[0]]
    assert len(built) == 1


def test_two_are_built_one_after_the_other() -> None:
    inside: list[int] = []

    def build() -> FastAPI:
        before = len(inside)
        inside.append(before)
        # Long enough that the other one would be here by now.
        time.sleep(0.1)
        assert len(inside) == before + 1
        return FastAPI()

    async def both() -> None:
        lazies = [LazyApp(build), LazyApp(build)]
        await asyncio.gather(*(lazy.ready() for lazy in lazies))
        await asyncio.gather(*(lazy.end() for lazy in lazies))

    asyncio.run(both())
    assert inside == [0, 1]


def test_why_it_could_not_be_built_is_told_to_each_who_asks() -> None:
    def build() -> FastAPI:
        raise ImportError("no such part")

    async def asked() -> None:
        lazy = LazyApp(build)
        for _ in range(2):
            with pytest.raises(ImportError, match="no such part"):
                await lazy.ready()
        assert lazy.is_settled
        await lazy.end()

    asyncio.run(asked())


def test_what_the_app_holds_is_given_back_at_the_end() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        seen.append("begun")
        yield
        seen.append("ended")

    async def through() -> None:
        lazy = LazyApp(lambda: FastAPI(lifespan=lifespan))
        await lazy.ready()
        assert seen == ["begun"]
        await lazy.end()

    asyncio.run(through())
    assert seen == ["begun", "ended"]
