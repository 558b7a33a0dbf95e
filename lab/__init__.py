"""Cloud Incident Lab: real incidents on a real cluster, played by agents and people, graded against the truth.

`from lab import Lab` plays inside this process, `from lab import Client` over HTTP; docs/library.md shows both.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.actions import Query, Remedy, Submission
    from lab.client import Answer, AsyncClient, AsyncEpisode, Client, Grade, Observation, RemoteEpisode, State
    from lab.doors.local import Episode, Lab
    from lab.errors import LabError, LabFault, Missing, Refused, Unknown

# Each name is loaded when it is first asked for: the command line and the services need none of them.
_HOMES = {
    "lab.actions": ("Query", "Remedy", "Submission"),
    "lab.client": (
        "Answer",
        "AsyncClient",
        "AsyncEpisode",
        "Client",
        "Grade",
        "Observation",
        "RemoteEpisode",
        "State",
    ),
    "lab.doors.local": ("Episode", "Lab"),
    "lab.errors": ("LabError", "LabFault", "Missing", "Refused", "Unknown"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncEpisode",
    "Client",
    "Episode",
    "Grade",
    "Lab",
    "LabError",
    "LabFault",
    "Missing",
    "Observation",
    "Query",
    "Refused",
    "Remedy",
    "RemoteEpisode",
    "State",
    "Submission",
    "Unknown",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(home), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
