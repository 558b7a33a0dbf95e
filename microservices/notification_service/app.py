from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel

from microservices.common.database import Database
from microservices.common.periodic import repeating
from microservices.common.service import service_app
from microservices.notification_service.mails import DatabaseQueue, Queue, Worker
from microservices.notification_service.settings import Settings


class Mail(BaseModel):
    user_id: int
    template: str | None = None
    order_id: UUID | None = None


class Queued(BaseModel):
    queued: int


class Drained(BaseModel):
    sent: int


def build(settings: Settings) -> FastAPI:
    database = Database(settings)
    queue = DatabaseQueue(database)
    worker = Worker(queue, settings.mails_at_once)
    app = service_app(settings, database.running(), repeating(settings.work_every_seconds, worker.work))
    add_routes(app, queue, worker, settings.mail_template)
    return app


def add_routes(app: FastAPI, queue: Queue, worker: Worker, usual_template: str) -> None:
    @app.post("/mails", status_code=202)
    async def mail(body: Mail) -> None:
        await queue.add(body.user_id, body.template or usual_template, body.order_id)

    @app.get("/queue")
    async def length() -> Queued:
        return Queued(queued=await queue.length())

    @app.post("/ops/drain-queue")
    async def drain() -> Drained:
        return Drained(sent=await worker.drain())
