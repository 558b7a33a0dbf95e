"""The words a scenario file is made of: what names, lines and numbers in it may look like."""

import re
from reprlib import repr as shortly
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

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


def _text(pattern: str, means: str) -> BeforeValidator:
    """Says in words what was to stand there, as a reader of the file knows no patterns."""
    shape = re.compile(pattern, re.DOTALL | re.ASCII)

    def checked(found: object) -> object:
        if not isinstance(found, str) or not shape.fullmatch(found):
            raise ValueError(f"{shortly(found)} is not {means}")
        return found

    return BeforeValidator(checked)


_EITHER = r"[A-Za-z0-9]+\*?"
_TOKEN = rf"{_EITHER}(?:\|{_EITHER})*"

Paragraph = Annotated[str, _text(r".{1,2000}", "a text of 1 to 2000 characters, such as 'Logins fail since noon.'")]
Line = Annotated[str, _text(r".{1,400}", "a line of 1 to 400 characters, such as 'v2.14.2: pass tracing headers on'")]
Word = Annotated[str, _text(r".{1,120}", "a name of 1 to 120 characters, such as restart_database")]
Wording = Annotated[
    str,
    _text(
        rf"(?=.{{1,300}}\Z)\s*{_TOKEN}(?:\s+{_TOKEN})*\s*",
        "a wording: at most 300 characters, words of letters and digits, each with alternatives behind | and with * "
        "where it goes on, such as 'roll*|revert* auth*'",
    ),
]
ServiceName = Annotated[
    str,
    _text(
        r"(?=.{1,60}\Z)[a-z][a-z0-9-]*[a-z0-9]",
        "a service's name: at most 60 small letters, digits and hyphens, such as postgres-db",
    ),
]
Version = Annotated[str, _text(r"v\d+\.\d+\.\d+", "a version: v and three numbers, such as v2.15.0")]
ScenarioId = Annotated[
    str, _text(r"(AC|RCA|RP)-\d{3}", "a scenario's name: AC, RCA or RP, three digits, such as AC-001")
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
