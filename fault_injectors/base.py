"""What a fault is given and what it must do. No fault stands here."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, get_args

Object = dict[str, Any]

Zone = Literal["az-1", "az-2", "az-3"]
ZONES: tuple[Zone, ...] = get_args(Zone)


class Cluster(Protocol):
    """As much of a Kubernetes client as an engineer's change needs. Paths are the API's own."""

    @property
    def shop(self) -> str: ...  # the namespace

    def find(self, path: str) -> Object | None: ...  # None where there is no such object

    def patch(self, path: str, body: Object) -> Object: ...  # a strategic merge

    def ask(self, service: str, method: str, path: str, body: Object | None = None) -> Any: ...  # over its own HTTP API


class ReleaseParams(Protocol):
    """A release to roll out: env is laid over what the running one has."""

    @property
    def service(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def change_cause(self) -> str: ...
    @property
    def env(self) -> Mapping[str, str]: ...


class Params(Protocol):
    """Either a flag or a release, as a scenario's file says."""

    @property
    def service(self) -> str: ...
    @property
    def flag(self) -> str | None: ...
    @property
    def release(self) -> ReleaseParams | None: ...
    @property
    def innocent_releases(self) -> Sequence[ReleaseParams]: ...


class Injector(Protocol):
    def check(self, params: Params) -> None: ...  # raises WrongParams where they do not make this fault

    def inject(self, cluster: Cluster, params: Params) -> None: ...  # makes the change; asked twice, changes nothing

    def active(self, cluster: Cluster, params: Params) -> bool: ...  # is the change in the cluster, whoever made it?


class WrongParams(ValueError):
    """The parameters do not make this fault; says what is missing or does no harm."""


def the_release(params: Params) -> ReleaseParams:
    if params.release is None:
        raise WrongParams(f"a release of {params.service} is needed, not a flag")
    return params.release


def the_flag(params: Params) -> str:
    if params.flag is None:
        raise WrongParams(f"a flag is needed, not a release of {params.service}")
    return params.flag
