"""The client, asynchronous: as `lab.client.synchronous`, awaited."""

from collections.abc import Mapping
from typing import Any, Self, cast

import httpx

from lab.client import exchange
from lab.client.answers import Answer, Grade, Health, Observation, State, Tasks
from lab.client.exchange import ActionLike, Request


class AsyncClient:
    """A lab at an address, for one event loop; close it, or use it in an `async with`."""

    def __init__(
        self,
        base_url: str = "http://localhost:7860",
        *,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        chosen = transport or httpx.AsyncHTTPTransport(retries=exchange.CONNECT_RETRIES)
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, transport=chosen)

    async def health(self) -> Health:
        return cast(Health, await self._ask(exchange.HEALTH))

    async def tasks(self) -> Tasks:
        return cast(Tasks, await self._ask(exchange.TASKS))

    async def reset(
        self,
        task_id: str | None = None,
        scenario_index: int | None = None,
        *,
        scenario_id: str | None = None,
        seed: int | None = None,
        **more: Any,
    ) -> "AsyncEpisode":
        """Begin an episode; without a word, the first of the easy task. `more` goes to the server as it is."""
        wish = {"task_id": task_id, "scenario_index": scenario_index, "scenario_id": scenario_id, "seed": seed}
        return AsyncEpisode(self, cast(Observation, await self._ask(exchange.reset(wish | more))))

    async def episode(self, episode_id: str) -> "AsyncEpisode":
        """An episode that somebody has begun already."""
        return AsyncEpisode(self, cast(State, await self._ask(exchange.state(episode_id))))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, request: Request) -> Any:
        try:
            answer = await self._http.request(**request.options())
        except httpx.HTTPError as error:
            raise exchange.unreachable(self.base_url, error) from error
        return exchange.read(request, answer)


class AsyncEpisode:
    """One episode; every request names it, so that others may play beside it."""

    def __init__(self, client: AsyncClient, observation: Observation) -> None:
        self._client = client
        self.id = observation["episode_id"]
        self.observation: Observation = observation
        """As it was after the last step that was taken through this object."""

    @property
    def done(self) -> bool:
        return self.observation["done"]

    async def step(self, action: ActionLike, /, **parameters: Any) -> Answer:
        """Carry out an action: `await step("query_logs", service="postgres-db")`, or a move of `lab.actions`."""
        answer = cast(Answer, await self._client._ask(exchange.step(self.id, action, parameters)))
        self.observation = answer["observation"]
        return answer

    async def state(self) -> State:
        return cast(State, await self._client._ask(exchange.state(self.id)))

    async def grade(self) -> Grade:
        return cast(Grade, await self._client._ask(exchange.grade(self.id)))

    async def fork(self, fork_id: str | None = None) -> "AsyncEpisode":
        """A second episode that goes on from the same point; refused where there is one real cluster."""
        return AsyncEpisode(self._client, cast(Observation, await self._client._ask(exchange.fork(self.id, fork_id))))

    async def bundle(self) -> bytes:
        """The ended episode as a score bundle, for `lab score FILE`; its bytes are what is signed for."""
        return cast(bytes, await self._client._ask(exchange.bundle(self.id)))
