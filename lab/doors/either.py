"""What a door needs of a lab: inside this process or at an address, the same calls with the same answers."""

from typing import Any, Protocol

from lab.client.answers import Answer, Grade, Observation
from lab.client.exchange import ActionLike


class AnyEpisode(Protocol):
    @property
    def observation(self) -> Observation: ...

    @property
    def done(self) -> bool: ...

    def step(self, action: ActionLike, /, **parameters: Any) -> Answer: ...

    def grade(self) -> Grade: ...

    def close(self) -> None: ...


class AnyLab(Protocol):
    def reset(
        self,
        task_id: str | None = None,
        scenario_index: int | None = None,
        *,
        scenario_id: str | None = None,
        seed: int | None = None,
        **more: Any,
    ) -> AnyEpisode: ...
