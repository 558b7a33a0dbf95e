"""The Redis caches: whether one is set up as its pod declares and holds only keys of its own kind.

What it holds of them is the customers' doing and no part of the baseline. Asked from its node, in Redis' own protocol:
a program run in the pod would cost a quarter of a second of a processor each time.
"""

import re
from collections.abc import Iterator, Mapping

from lab.cluster.pod import app_of, is_ready
from lab.cluster.process import CommandFailed
from lab.live.baseline.nodes import on_node
from lab.live.baseline.values import Object, ProcessSeen

KINDS_OF_KEYS = {"redis-session": "session", "redis-payment-cache": "idem", "redis-reco-cache": "reco"}
_BREAK = "--"
# Its answers without the lengths that stand before each word, and without the goodbye.
_ASK = r"""
ask() {
  exec 3<>"/dev/tcp/$1/6379"
  printf '%s\r\nQUIT\r\n' "$2" >&3
  tr -d '\r' <&3 | grep -vE '^([$*][0-9]+|[+]OK)$'
}
ask "$0" 'KEYS *' | cut -d: -f1 | sort -u
echo --
ask "$0" 'CONFIG GET *'
"""
_SETTING = re.compile(r"\$\((\w+)\)")
_SIZE = re.compile(r"(\d+)mb")


def is_cache(pod: Object) -> bool:
    return app_of(pod) in KINDS_OF_KEYS


def look(pod: Object) -> ProcessSeen | None:
    """None where it does not answer; what is not as it should be is a concern."""
    if not is_ready(pod):
        return None
    try:
        return judged(pod, on_node(pod["spec"]["nodeName"], ("bash", "-c", _ASK, pod["status"]["podIP"])))
    except CommandFailed:
        return None


def judged(pod: Object, said: str) -> ProcessSeen:
    kinds, _, settings = said.partition(f"{_BREAK}\n")
    lines = settings.splitlines()
    strangers = set(kinds.split()) - {KINDS_OF_KEYS.get(app_of(pod) or "")}
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
