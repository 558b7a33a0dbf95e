from fastapi import FastAPI
from pydantic import BaseModel

from microservices.common import metrics
from microservices.common.service import service_app
from microservices.fraud_detection_service.settings import Settings
from microservices.fraud_detection_service.velocity import DECLINE_FROM, Velocity

scores = metrics.counter("scores_total", "Payments scored", ("verdict",))


class Payment(BaseModel):
    order_id: str
    user_id: int
    amount_cents: int


class Score(BaseModel):
    score: float
    verdict: str


def build(settings: Settings) -> FastAPI:
    app = service_app(settings)
    velocity = Velocity(settings.velocity_window_seconds, settings.velocity_limit, settings.usual_amount_cents)

    @app.post("/score")
    async def score(payment: Payment) -> Score:
        value = velocity.score(payment.user_id, payment.amount_cents)
        verdict = "decline" if value >= DECLINE_FROM else "accept"
        scores.labels(verdict).inc()
        return Score(score=round(value, 3), verdict=verdict)

    return app
