from typing import Protocol

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from microservices.common.database import Database
from microservices.common.service import service_app
from microservices.user_service.profiles import DatabaseProfiles, Row
from microservices.user_service.settings import Settings


class Profile(BaseModel):
    user_id: int
    name: str
    street: str
    city: str
    email: str


class Profiles(Protocol):
    async def by_id(self, user_id: int) -> Row | None: ...
    async def by_email(self, email: str) -> Row | None: ...


def build(settings: Settings) -> FastAPI:
    database = Database(settings)
    app = service_app(settings, database.running())
    add_routes(app, DatabaseProfiles(database))
    return app


def add_routes(app: FastAPI, profiles: Profiles) -> None:
    @app.get("/users/by-email/{email}")
    async def by_email(email: str) -> Profile:
        return found(await profiles.by_email(email))

    @app.get("/users/{user_id}")
    async def by_id(user_id: int) -> Profile:
        return found(await profiles.by_id(user_id))


def found(row: Row | None) -> Profile:
    if row is None:
        raise HTTPException(404, "no such user")
    return Profile.model_validate(row)
