"""A rotation: which credential set is published, and who is restarted onto it.

`next` makes a new password, sets it in the database, keeps the old set and publishes the new one; clients restart at
their owners' hands. `previous` publishes the kept set again, as after a rollback, and restarts the clients onto it.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from microservices.common.kube import STRATEGIC, Kube, KubeError
from microservices.config_service.credentials import PREVIOUS, PUBLISHED, Credentials, Vault
from microservices.config_service.roles import Roles

CredentialSet = Literal["next", "previous"]

RESTARTED_BY_RELEASE = ("user-service", "notification-service")
RESTARTED_BY_HAND = (*RESTARTED_BY_RELEASE, "order-service")

log = structlog.get_logger()


class Restarter:
    def __init__(self, kube: Kube, namespace: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._kube = kube
        self._deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        self._clock = clock

    async def restart(self, names: Sequence[str]) -> None:
        """As `kubectl rollout restart` does."""
        stamp = {"kubectl.kubernetes.io/restartedAt": self._clock().isoformat(timespec="seconds")}
        body = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
        for name in names:
            await self._kube.patch(f"{self._deployments}/{name}", body, STRATEGIC)
            log.info(f"secrets rotation: {name} restarted onto the published credentials")


class Rotation:
    def __init__(self, vault: Vault, roles: Roles, restarter: Restarter, version: str, chosen: CredentialSet) -> None:
        self._vault = vault
        self._roles = roles
        self._restarter = restarter
        self._version = version
        self._chosen = chosen
        self._turn = asyncio.Lock()

    async def run(self, by_hand: bool) -> Credentials:
        """One at a time: two that mingled could publish a password that is no longer the database's."""
        async with self._turn:
            return await self._rotated(by_hand)

    async def _rotated(self, by_hand: bool) -> Credentials:
        log.info(f"secrets rotation started: credential set {self._chosen}", by="operator" if by_hand else "release")
        current = await self._vault.read(PUBLISHED)
        published = await (self._next(current) if self._chosen == "next" else self._again(current, by_hand))
        log.info(f"secrets rotation finished: credential set {self._chosen}, generation {published.generation}")
        return published

    async def _next(self, current: Credentials) -> Credentials:
        fresh = replace(current, password=secrets.token_urlsafe(24), generation=current.generation + 1)
        fresh = replace(fresh, rotation=self._note)
        await self._vault.write(PREVIOUS, current)
        await self._roles.set_password(fresh.username, fresh.password)
        # From here on only the new password is valid: publishing it is worth more than one try.
        await _patiently(self._vault.write, PUBLISHED, fresh)
        return fresh

    async def _again(self, current: Credentials, by_hand: bool) -> Credentials:
        kept = await self._vault.read(PREVIOUS)
        published = replace(kept, generation=current.generation + 1, rotation=self._note)
        await self._vault.write(PUBLISHED, published)
        await self._restarter.restart(RESTARTED_BY_HAND if by_hand else RESTARTED_BY_RELEASE)
        return published

    @property
    def _note(self) -> str:
        return f"{self._version} {self._chosen}"


async def _patiently(write: Callable[..., Awaitable[object]], *args: object) -> None:
    tries = AsyncRetrying(
        retry=retry_if_exception_type(KubeError),
        stop=stop_after_attempt(6),
        wait=wait_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    await tries(write, *args)
