"""A cache is judged by how it is set up and by whose keys it holds."""

import pytest
import yaml

from lab.cluster.manifests import FOLDERS
from lab.cluster.names import SHOP
from lab.cluster.process import CommandFailed
from lab.live.baseline import redis
from lab.live.baseline.values import Object, ProcessSeen
from tests.unit.baseline.kit import pod_of

ARGS = ["--save", "", "--appendonly", "no", "--maxmemory", "$(MAX_MEMORY)"]
SAID = "session\n--\nsave\n\nappendonly\nno\nmaxmemory\n33554432\nport\n6379\n"


def cache() -> Object:
    pod = pod_of("redis-1", [], "redis-session", podIP="10.0.0.5")
    pod["spec"]["containers"][0] |= {"args": ARGS, "env": [{"name": "MAX_MEMORY", "value": "32mb"}]}
    return pod


@pytest.mark.parametrize(
    ("said", "concerns"),
    [
        (SAID, set()),
        (SAID.removeprefix("session\n"), set()),
        (f"idem\n{SAID}", {"keys of idem"}),
        (SAID.replace("33554432", "1"), {"maxmemory is 1"}),
        (SAID.replace("appendonly\nno\n", ""), {"appendonly is None"}),
    ],
)
def test_what_is_not_as_declared_is_a_concern(said: str, concerns: set[str]) -> None:
    assert redis.judged(cache(), said) == ProcessSeen(frozenset(concerns))


def test_every_cache_of_the_shop_is_known_and_its_arguments_come_in_pairs() -> None:
    manifests = [one for path in FOLDERS[SHOP].glob("redis-*.yaml") for one in yaml.safe_load_all(path.read_text())]
    templates = [one["spec"]["template"] for one in manifests if one["kind"] == "Deployment"]
    assert {template["metadata"]["labels"]["app"] for template in templates} == redis.KINDS_OF_KEYS.keys()
    assert all(redis.declared(template)["maxmemory"] == "33554432" for template in templates)


def test_a_cache_that_does_not_answer_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise CommandFailed(["docker"], 1, "connection refused")

    monkeypatch.setattr(redis, "on_node", fails)
    assert redis.look(cache()) is None


def test_a_cache_that_is_not_ready_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "on_node", lambda *_: pytest.fail("asked"))
    assert redis.look(cache() | {"status": {"phase": "Pending"}}) is None
