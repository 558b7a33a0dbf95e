"""General on-call craft: what signs mean in words, and in what kind of service their cause tends to stand."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    signs: re.Pattern[str]
    says: str
    """As an on-call would put it."""
    keepers: tuple[str, ...]
    """Words in the names of services that such trouble tends to come from."""


def _topic(name: str, signs: str, says: str, keepers: str) -> Topic:
    return Topic(name, re.compile(signs, re.IGNORECASE), says, tuple(keepers.split()))


TOPICS: tuple[Topic, ...] = (
    _topic(
        "memory",
        r"signal 9|OOMKilled|out of memory|exit code 137|Killed\b",
        "it was killed because it ran out of memory",
        "analytics report export batch job etl search warehouse",
    ),
    _topic(
        "credentials",
        r"authentication failed|password|invalid credential|access denied|secrets? rotation|logins? refused",
        "its logins are rejected, so that it cannot open connections",
        "config secret vault credential identity",
    ),
    _topic(
        "reach",
        r"timeout|timed out|time out|no route|unreachable|withdrawn|from two of three zones",
        "others cannot reach it, as calls to it time out while it reports no errors of its own",
        "network dns mesh router proxy firewall bgp",
    ),
    _topic(
        "connections",
        r"too many (?:clients|connections)|remaining connection slots|pool (?:exhausted|timeout)",
        "no connection is left",
        "",
    ),
)


def topics_in(text: str) -> tuple[Topic, ...]:
    return tuple(topic for topic in TOPICS if topic.signs.search(text))
