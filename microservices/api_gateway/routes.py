"""The customers' routes, a handler each."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, PositiveInt

from microservices.api_gateway.backends import Backends, Json, get, post


class Login(BaseModel):
    email: str
    password: str


class Purchase(BaseModel):
    product_id: int
    quantity: PositiveInt
    amount_cents: PositiveInt


def add_routes(app: FastAPI, backends: Backends) -> None:
    async def customer(authorization: Annotated[str, Header()] = "") -> int:
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise HTTPException(401, "log in first")
        session = await get(backends.auth, f"/sessions/{quote(token, safe='')}")
        return int(session["user_id"])

    Customer = Annotated[int, Depends(customer)]

    @app.get("/pages/{product_id}")
    async def page(product_id: int) -> Json:
        return await get(backends.cdn, f"/pages/{product_id}")

    @app.post("/login")
    async def login(body: Login) -> Json:
        session = await post(backends.auth, "/login", body.model_dump())
        profile = await get(backends.user, f"/users/{session['user_id']}")
        return {"session": session["token"], "user_id": session["user_id"], "name": profile["name"]}

    @app.get("/profile")
    async def profile(user_id: Customer) -> Json:
        return await get(backends.user, f"/users/{user_id}")

    @app.get("/recommendations")
    async def recommendations(user_id: Customer) -> Json:
        return await get(backends.product, f"/recommendations/{user_id}")

    @app.post("/checkout")
    async def checkout(user_id: Customer, purchase: Purchase) -> Json:
        profile = await get(backends.user, f"/users/{user_id}")
        order = {
            "user_id": user_id,
            "product_id": purchase.product_id,
            "amount_cents": purchase.amount_cents,
            "address": f"{profile['street']}, {profile['city']}",
        }
        return await post(backends.order, "/orders", order)
