"""The client, synchronous: `Client(url)` begins episodes, and each episode is an object of its own."""

from collections.abc import Mapping
from typing import Any, Self, cast

import httpx

from lab.client import exchange
from lab.client.answers import Answer, Grade, Health, Observation, State, Tasks
from lab.client.exchange import ActionLike, Request


class Client:
    """A lab at an address. Safe to share between threads; close it, or use it in a `with`."""

    def __init__(
        self,
        base_url: str = "http://localhost:7860",
        *,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        chosen = transport or httpx.HTTPTransport(retries=exchange.CONNECT_RETRIES)
        self._http = httpx.Client(base_url=base_url, headers=headers, transport=chosen)

    def health(self) -> Health:
        return cast(Health, self._ask(exchange.HEALTH))

    def tasks(self) -> Tasks:
        return cast(Tasks, self._ask(exchange.TASKS))

    def reset(
        self,
        task_id: str | None = None,
        scenario_index: int | None = None,
        *,
        scenario_id: str | None = None,
        seed: int | None = None,
        **more: Any,
    ) -> "RemoteEpisode":
        """Begin an episode; without a word, the first of the easy task. `more` goes to the server as it is."""
        wish = {"task_id": task_id, "scenario_index": scenario_index, "scenario_id": scenario_id, "seed": seed}
        return RemoteEpisode(self, cast(Observation, self._ask(exchange.reset(wish | more))))

    def episode(self, episode_id: str) -> "RemoteEpisode":
        """An episode that somebody has begun already."""
        return RemoteEpisode(self, cast(State, self._ask(exchange.state(episode_id))))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: Request) -> Any:
        try:
            answer = self._http.request(**request.options())
        except httpx.HTTPError as error:
            raise exchange.unreachable(self.base_url, error) from error
        return exchange.read(request, answer)


class RemoteEpisode:
    """One episode; every request names it, so that others may play beside it."""

    def __init__(self, client: Client, observation: Observation) -> None:
        self._client = client
        self.id = observation["episode_id"]
        self.observation: Observation = observation
        """As it was after the last step that was taken through this object."""

    @property
    def done(self) -> bool:
        return self.observation["done"]

    def step(self, action: ActionLike, /, **parameters: Any) -> Answer:
        """Carry out an action: `step("query_logs", service="postgres-db")`, or a move of `lab.actions`."""
        answer = cast(Answer, self._client._ask(exchange.step(self.id, action, parameters)))
        self.observation = answer["observation"]
        return answer

    def state(self) -> State:
        return cast(State, self._client._ask(exchange.state(self.id)))

    def grade(self) -> Grade:
        return cast(Grade, self._client._ask(exchange.grade(self.id)))

    def fork(self, fork_id: str | None = None) -> "RemoteEpisode":
        """A second episode that goes on from the same point; refused where there is one real cluster."""
        return RemoteEpisode(self._client, cast(Observation, self._client._ask(exchange.fork(self.id, fork_id))))

    def bundle(self) -> bytes:
        """The ended episode as a score bundle, for `lab score FILE`; its bytes are what is signed for."""
        return cast(bytes, self._client._ask(exchange.bundle(self.id)))

    def close(self) -> None:
        """Nothing to do: the server drops an episode that nobody asks for."""
