"""What speakers ask each other (`/announcements`, `/peers/...`); for operators `/routes` and `/ops/restore-routes`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Response

from microservices.common import metrics
from microservices.common.kube import Kube
from microservices.common.periodic import repeating
from microservices.common.service import service_app
from microservices.network_infra import figures
from microservices.network_infra.node import own_node
from microservices.network_infra.packet_filter import PacketFilter
from microservices.network_infra.peers import Peers, dns_resolver
from microservices.network_infra.routes import Own
from microservices.network_infra.settings import Settings
from microservices.network_infra.speaker import Speaker
from microservices.network_infra.store import Store

_PEER_SECONDS = 0.8  # a sync waits for the slowest peer, and syncs come each second


class Desk:
    """Holds the speaker once the node is known; the server does not listen before."""

    speaker: Speaker


def build(settings: Settings) -> FastAPI:
    desk = Desk()
    app = service_app(settings, _speaking(desk, settings))
    metrics.declare_concerns(*figures.CONCERNS)
    _add_speaker_routes(app, desk)
    _add_operator_routes(app, desk)
    return app


def _add_speaker_routes(app: FastAPI, desk: Desk) -> None:
    @app.get("/announcements")
    async def announcements(to: str) -> dict[str, Any]:
        own = desk.speaker.own
        return {"zone": own.zone, "prefix": own.prefix, "announced": desk.speaker.announces_to(to)}

    @app.post("/peers/override")
    async def override() -> None:
        await desk.speaker.override()

    @app.post("/peers/clear")
    async def clear() -> None:
        await desk.speaker.clear()


def _add_operator_routes(app: FastAPI, desk: Desk) -> None:
    @app.get("/routes")
    async def routes() -> dict[str, Any]:
        return desk.speaker.table()

    @app.get("/peers")
    async def peers() -> dict[str, Any]:
        return {"peers": desk.speaker.peer_states()}

    @app.post("/ops/restore-routes")
    async def restore(response: Response) -> dict[str, Any]:
        missed = await desk.speaker.restore()
        response.status_code = 502 if missed else 200
        return {"peers_not_told": missed, **desk.speaker.table()}


@asynccontextmanager
async def _speaking(desk: Desk, settings: Settings) -> AsyncIterator[None]:
    # verify=False: speakers talk plain HTTP, and loading the certificates would cost megabytes.
    async with httpx.AsyncClient(timeout=_PEER_SECONDS, verify=False, trust_env=False) as client:
        desk.speaker = speaker(settings, await _own(settings), client)
        await desk.speaker.sync()
        async with repeating(settings.sync_seconds, desk.speaker.sync):
            yield


async def _own(settings: Settings) -> Own:
    kube = Kube.in_cluster()
    try:
        return await own_node(kube, settings.node_name)
    finally:
        await kube.close()


def speaker(settings: Settings, own: Own, client: httpx.AsyncClient) -> Speaker:
    peers = Peers(client, dns_resolver(settings.peers_host), settings.node_ip, settings.port)
    return Speaker(own, settings.export_filter, Store(settings.state_dir), peers, PacketFilter(settings.iptables))
