from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from microservices.auth_service.accounts import Accounts
from microservices.auth_service.leases import Leases, Lender, PerRequest, PerTransaction
from microservices.auth_service.sessions import Sessions
from microservices.auth_service.settings import Settings
from microservices.common.cache import Cache
from microservices.common.clear_cache import add_clear_cache
from microservices.common.database import Database
from microservices.common.service import service_app


class Login(BaseModel):
    email: str
    password: str


class Session(BaseModel):
    token: str
    user_id: int


class Owner(BaseModel):
    user_id: int


def build(settings: Settings) -> FastAPI:
    database = Database(settings, latches=True)
    cache = Cache("redis-session", settings.redis_host, settings.redis_port, prefix="session:")
    app = service_app(settings, database.running(), cache.running())
    accounts = Accounts(leases(settings, database), settings.password_salt)
    add_routes(app, accounts, Sessions(cache, settings.session_seconds))
    add_clear_cache(app, cache)
    return app


def leases(settings: Settings, database: Lender) -> Leases:
    return PerRequest(database) if settings.db_lease == "request" else PerTransaction(database)


def add_routes(app: FastAPI, accounts: Accounts, sessions: Sessions) -> None:
    @app.post("/login")
    async def login(body: Login) -> Session:
        user_id = await accounts.with_password(body.email, body.password)
        if user_id is None:
            raise HTTPException(401, "wrong email or password")
        return Session(token=await sessions.begin(user_id), user_id=user_id)

    @app.get("/sessions/{token}")
    async def session(token: str) -> Owner:
        user_id = await sessions.user_of(token)
        if user_id is None or not await accounts.is_active(user_id):
            raise HTTPException(401, "no such session")
        return Owner(user_id=user_id)
