"""What the other zones' speakers say: asked over HTTP at each sync, remembered while they are silent."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpx
import structlog

from microservices.network_infra.routes import Heard

log = structlog.get_logger()

_NAME_SERVICE_SECONDS = 1.0  # a sync waits for it; with the name service gone the peers known last will do

Resolver = Callable[[], Awaitable[frozenset[str]]]
Clock = Callable[[], float]


class PeerSilent(Exception):
    """A peer did not answer, or not as a speaker does."""


@dataclass(frozen=True, slots=True)
class Said:
    zone: str
    prefix: str
    announced: bool
    address: str
    at: float


def dns_resolver(host: str) -> Resolver:
    async def resolve() -> frozenset[str]:
        lookup = asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found = await asyncio.wait_for(lookup, _NAME_SERVICE_SECONDS)
        return frozenset(str(entry[4][0]) for entry in found)

    return resolve


class Peers:
    def __init__(
        self, client: httpx.AsyncClient, resolve: Resolver, own: str, port: int, clock: Clock = time.monotonic
    ) -> None:
        self._client = client
        self._resolve = resolve
        self._own_address = own
        self._port = port
        self._clock = clock
        self._said: dict[str, Said] = {}
        self._resolved: frozenset[str] = frozenset()

    async def discover(self) -> None:
        """Asks the name service; while that fails, the peers known last stay."""
        try:
            self._resolved = await self._resolve()
        except OSError as error:
            log.warning("peers not resolved, keeping those known", error=repr(error), known=sorted(self._resolved))

    async def poll(self, own_zone: str) -> list[Heard]:
        started = self._clock()
        await asyncio.gather(*(self._hear(address, own_zone) for address in self.addresses()))
        return [_heard(said, started) for said in self._said.values()]

    def addresses(self) -> list[str]:
        known = self._resolved | {said.address for said in self._said.values()}
        return sorted(known - {self._own_address})

    def last_said(self) -> list[Said]:
        return sorted(self._said.values(), key=lambda said: said.zone)

    async def tell(self, path: str) -> list[str]:
        """Posts to every peer; answers with the addresses that did not take it."""
        addresses = self.addresses()
        taken = await asyncio.gather(*(self._post(address, path) for address in addresses))
        return [address for address, took in zip(addresses, taken, strict=True) if not took]

    async def _hear(self, address: str, own_zone: str) -> None:
        try:
            said = await self._ask(address, own_zone)
        except PeerSilent as silence:
            log.debug("peer silent", peer=address, reason=str(silence))
            return
        self._said = {zone: old for zone, old in self._said.items() if old.address != address} | {said.zone: said}

    async def _ask(self, address: str, own_zone: str) -> Said:
        try:
            answer = await self._client.get(self._url(address, "/announcements"), params={"to": own_zone})
            told = answer.raise_for_status().json()
            return Said(told["zone"], told["prefix"], bool(told["announced"]), address, self._clock())
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise PeerSilent(repr(error)) from error

    async def _post(self, address: str, path: str) -> bool:
        try:
            (await self._client.post(self._url(address, path))).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("peer not told", peer=address, path=path, error=repr(error))
            return False
        return True

    def _url(self, address: str, path: str) -> str:
        host = f"[{address}]" if ":" in address else address
        return f"http://{host}:{self._port}{path}"


def _heard(said: Said, poll_started: float) -> Heard:
    return Heard(said.zone, said.prefix, said.announced, silent_for=max(0.0, poll_started - said.at))


def up_zones(heard: Iterable[Heard]) -> frozenset[str]:
    return frozenset(peer.zone for peer in heard if peer.silent_for == 0.0)
