"""A lab somewhere else, over its HTTP API: a typed client, once synchronous and once asynchronous.

What an action is stands in `lab.actions`; how episodes are played inside this process, in `lab.doors`.
"""

from lab.client.answers import Alert, Answer, Grade, Health, Observation, Part, Reward, State, Task, Tasks
from lab.client.asynchronous import AsyncClient, AsyncEpisode
from lab.client.errors import Busy, Garbled, Unreachable
from lab.client.synchronous import Client, RemoteEpisode

__all__ = [
    "Alert",
    "Answer",
    "AsyncClient",
    "AsyncEpisode",
    "Busy",
    "Client",
    "Garbled",
    "Grade",
    "Health",
    "Observation",
    "Part",
    "RemoteEpisode",
    "Reward",
    "State",
    "Task",
    "Tasks",
    "Unreachable",
]
