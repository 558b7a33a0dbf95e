import uuid

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from microservices.common import logs
from microservices.common.database import Database
from microservices.common.http_client import Peer
from microservices.common.service import service_app
from microservices.order_service.checkout import Checkout, Declined
from microservices.order_service.orders import DatabaseOrders, Wanted
from microservices.order_service.settings import Settings

REQUESTS = uuid.UUID("6f1d3f5e-6a0a-4f0c-9a55-0d6f0d1c2b7a")


class Order(BaseModel):
    user_id: int
    product_id: int
    amount_cents: int
    address: str


class Placed(BaseModel):
    order_id: uuid.UUID
    status: str


def build(settings: Settings) -> FastAPI:
    database = Database(settings, latches=True)
    checkout = Checkout(
        DatabaseOrders(database),
        Peer("fraud-detection-service", settings.fraud_url, settings.fraud_timeout),
        Peer("payment-service", settings.payment_url, settings.payment_timeout),
        Peer("notification-service", settings.notification_url, settings.notification_timeout),
    )
    app = service_app(settings, database.running(), checkout.running())
    add_routes(app, checkout)
    return app


def add_routes(app: FastAPI, checkout: Checkout) -> None:
    @app.post("/orders")
    async def order(body: Order) -> Placed:
        order_id = uuid.uuid5(REQUESTS, logs.request_id.get())
        try:
            await checkout.place(Wanted(order_id, **body.model_dump()))
        except Declined as declined:
            raise HTTPException(402, "payment declined") from declined
        return Placed(order_id=order_id, status="paid")
