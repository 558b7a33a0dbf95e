from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel

from microservices.common.cache import Cache
from microservices.common.clear_cache import add_clear_cache
from microservices.common.database import Database
from microservices.common.service import service_app
from microservices.payment_service.charges import Charges, DatabaseLedger
from microservices.payment_service.settings import Settings


class Charge(BaseModel):
    idempotency_key: str
    order_id: UUID
    amount_cents: int


class Receipt(BaseModel):
    charge_id: int


def build(settings: Settings) -> FastAPI:
    database = Database(settings)
    cache = Cache("redis-payment-cache", settings.redis_host, settings.redis_port, prefix="idem:")
    app = service_app(settings, database.running(), cache.running())
    add_routes(app, Charges(DatabaseLedger(database), cache, settings.idempotency_seconds))
    add_clear_cache(app, cache)
    return app


def add_routes(app: FastAPI, charges: Charges) -> None:
    @app.post("/charges")
    async def charge(body: Charge) -> Receipt:
        entry = await charges.charge(body.idempotency_key, str(body.order_id), body.amount_cents)
        return Receipt(charge_id=entry)
