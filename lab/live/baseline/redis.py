"""The Redis caches: whether one is set up as its pod declares and holds only keys of its own kind.

What it holds of them is the customers' doing and no part of the baseline.
"""

import re
from collections.abc import Iterator, Mapping

from lab.cluster.kubectl import kubectl
from lab.cluster.pod import app_of, is_ready, name_of
from lab.cluster.process import CommandFailed
from lab.live.baseline.values import Object, ProcessSeen

KINDS_OF_KEYS = {"redis-session": "session", "redis-payment-cache": "idem", "redis-reco-cache": "reco"}
TIMEOUT = 20.0
_BREAK = "--"
_ASK = f"redis-cli --scan | cut -d: -f1 | sort -u; echo {_BREAK}; redis-cli config get '*'"
_SETTING = re.compile(r"\$\((\w+)\)")
_SIZE = re.compile(r"(\d+)mb")


def is_cache(pod: Object) -> bool:
    return app_of(pod) in KINDS_OF_KEYS


def look(pod: Object) -> ProcessSeen | None:
    """None where it does not answer; what is not as it should be is a concern."""
    if not is_ready(pod):
        return None
    words = ("--namespace", pod["metadata"]["namespace"], "exec", name_of(pod), "--", "sh", "-c", _ASK)
    try:
        return judged(pod, kubectl(*words, timeout=TIMEOUT))
    except CommandFailed:
        return None


def judged(pod: Object, said: str) -> ProcessSeen:
    kinds, _, settings = said.partition(f"{_BREAK}\n")
    lines = settings.splitlines()
    strangers = set(kinds.split()) - {KINDS_OF_KEYS[app_of(pod)]}
    changed = _changed(declared(pod), dict(zip(lines[::2], lines[1::2], strict=False)))
    return ProcessSeen(frozenset({*(f"keys of {kind}" for kind in strangers), *changed}))


def _changed(wanted: Mapping[str, str], have: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name} is {have.get(name)}" for name, value in wanted.items() if have.get(name) != value)


def declared(pod: Object) -> dict[str, str]:
    """Its arguments (`--name value`), as Redis tells them: sizes in bytes."""
    container = pod["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value", "") for entry in container.get("env", [])}
    words = [_SETTING.sub(lambda found: env.get(found[1], ""), word) for word in container.get("args", [])]
    return {name.removeprefix("--"): _in_bytes(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def _in_bytes(value: str) -> str:
    size = _SIZE.fullmatch(value)
    return str(int(size[1]) << 20) if size else value
