import pytest

from lab.cluster import kind
from lab.cluster.process import CommandFailed
from lab.cluster.up import make_whole
from lab.errors import Missing
from tests.unit.cluster.fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def _node_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.cluster.node_image.node_image", lambda: "node:1")


def test_a_cluster_is_made_where_none_is(fake_engine: FakeEngine) -> None:
    make_whole()
    assert kind.is_whole(kind.nodes())


def test_a_whole_cluster_stays_as_it_is(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.said.clear()
    make_whole()
    assert not fake_engine.asked("kind")
    assert not fake_engine.asked("docker", "rm")


def test_a_half_made_cluster_is_made_anew(fake_engine: FakeEngine) -> None:
    fake_engine.dies_while_creating = True
    with pytest.raises(CommandFailed):
        make_whole()
    assert not kind.is_whole(kind.nodes())
    fake_engine.dies_while_creating = False
    make_whole()
    assert kind.is_whole(kind.nodes())


def test_a_stopped_node_makes_the_cluster_half(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.containers["node-2"]["State"]["Running"] = False
    assert not kind.is_whole(kind.nodes())


def test_since_when_each_node_runs_is_told_of_those_that_do(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.containers["node-2"]["State"]["Running"] = False
    since = fake_engine.containers["node-0"]["State"]["StartedAt"]
    assert kind.running_since() == dict.fromkeys(("node-0", "node-1", "node-3"), since)


def test_nodes_that_started_again_at_their_old_addresses_are_whole(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.start_again("node-0", "node-1", "node-2", "node-3")
    assert kind.is_whole(kind.nodes())


def test_nodes_that_started_again_at_each_others_addresses_are_made_anew(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.start_again("node-0", "node-3", "node-2", "node-1")
    assert not kind.is_whole(kind.nodes())
    make_whole()
    assert kind.is_whole(kind.nodes())


def test_a_kubeconfig_of_an_earlier_cluster_does_not_count(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.kubeconfig.write_text("server: https://127.0.0.1:39999")
    assert not kind.is_whole(kind.nodes())


def test_a_strangers_cluster_is_refused_and_left_alone(fake_engine: FakeEngine) -> None:
    fake_engine.add_node("theirs", mark="/var")
    with pytest.raises(Missing, match="did not make"):
        make_whole()
    assert list(fake_engine.containers) == ["theirs"]


def test_deleting_leaves_nothing(fake_engine: FakeEngine) -> None:
    make_whole()
    kind.delete(kind.nodes())
    fake_engine.containers.clear()
    kind.delete(kind.nodes())
    assert not fake_engine.kubeconfig.exists()
    assert "kind" not in fake_engine.networks


def test_a_container_that_does_not_end_at_once_is_removed_all_the_same(fake_engine: FakeEngine) -> None:
    make_whole()
    fake_engine.clings_to = "node-2"
    kind.delete(kind.nodes())
    assert fake_engine.containers == {}


def test_kinds_network_stays_while_others_use_it(fake_engine: FakeEngine) -> None:
    fake_engine.add_node("theirs", mark="/var")
    kind.delete([])
    assert "kind" in fake_engine.networks


def test_every_node_carries_the_mark(fake_engine: FakeEngine) -> None:
    mounts = [node["extraMounts"][0]["containerPath"] for node in kind._marked_config()["nodes"]]
    assert mounts == [kind.OWNER_MARK] * kind.NODES
