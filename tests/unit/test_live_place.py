"""Which cluster the live world stands on, and that it is there at all."""

import pytest

from lab.errors import ClusterGone
from lab.live import place
from lab.live.baseline import own
from lab.live.baseline.own import Entry
from lab.live.world import LiveWorld
from tests.unit.live_fakes import FakeKube, console


def entry(server: str) -> Entry:
    return Entry("kind-incident-lab", server, b"", b"", b"")


def test_a_place_lasts_as_long_as_its_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [entry("https://127.0.0.1:1"), entry("https://127.0.0.1:1"), entry("https://127.0.0.1:2")]
    monkeypatch.setattr(place, "own_entry", lambda: there.pop(0))
    monkeypatch.setattr(place.LabCluster, "own", object)
    monkeypatch.setattr(place.Console, "connect", lambda *_: console(FakeKube()))
    first, again, anew = (place.own_place() for _ in range(3))
    assert first is again
    assert anew is not first
    place._place_of.cache_clear()


def test_a_cluster_that_is_gone_is_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own.kind, "nodes", list)
    monkeypatch.setattr(own, "read_entry", lambda _: entry("https://127.0.0.1:1"))
    with pytest.raises(ClusterGone, match="bring it up with `lab up`"):
        LiveWorld()
