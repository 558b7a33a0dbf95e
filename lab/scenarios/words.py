"""The words a scenario file is made of: what names, lines and numbers in it may look like."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

AlertName = Literal[
    "DatabaseConnectionsExhausted",
    "PagesSlow",
    "RecommendationErrors",
    "DatabaseDown",
    "CheckoutFailing",
    "ProfilesFailing",
    "GatewayErrors",
]
InjectorName = Literal[
    "memory_hog", "iptables_partition", "bad_secret_rollout", "cache_flush_storm", "connection_leak", "bad_release"
]
Unit = Literal["percent", "seconds", "dollars_per_minute", "count"]
"""How a measured value is written for a reader; `percent` is measured as a ratio."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Wording = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*[a-z0-9]$", max_length=60)]
Zone = Annotated[str, StringConstraints(pattern=r"^az-\d$")]
Version = Annotated[str, StringConstraints(pattern=r"^v\d+\.\d+\.\d+$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
