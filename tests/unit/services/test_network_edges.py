"""The speaker's edges, with everything outside faked: files in a temporary folder, peers and iptables in memory."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from microservices.common import metrics
from microservices.common.kube import Kube
from microservices.network_infra.node import own_node
from microservices.network_infra.packet_filter import PacketFilter
from microservices.network_infra.peers import Peers
from microservices.network_infra.policy import ExportFilter, parse_filter
from microservices.network_infra.routes import Own
from microservices.network_infra.settings import Settings
from microservices.network_infra.speaker import Speaker
from microservices.network_infra.store import Store
from tests.unit.services.filter_table import Table

GOOD, BAD = parse_filter("permit any"), parse_filter("deny az-1 to az-2,az-3; permit any")
ONE, TWO, THREE = Own("az-1", "10.244.1.0/24"), Own("az-2", "10.244.2.0/24"), Own("az-3", "10.244.3.0/24")


class Net:
    """Three speakers whose HTTP goes straight to each other; an address is `host-` and the zone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 0.0
        self.down: set[str] = set()
        self.tables: dict[str, Table] = {own.zone: Table() for own in (ONE, TWO, THREE)}
        self.speakers: dict[str, Speaker] = {}
        for own in (ONE, TWO, THREE):
            self.release(own, GOOD)

    def release(self, own: Own, export: ExportFilter) -> None:
        folder = self.folder / own.zone
        folder.mkdir(exist_ok=True)
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._serve))
        peers = Peers(client, self._resolve, f"host-{own.zone}", 7900, clock=lambda: self.now)
        packet_filter = PacketFilter(run=self.tables[own.zone])
        self.speakers[own.zone] = Speaker(own, export, Store(folder), peers, packet_filter, clock=lambda: self.now)

    async def _resolve(self) -> frozenset[str]:
        return frozenset(f"host-{zone}" for zone in self.tables)

    async def _serve(self, request: httpx.Request) -> httpx.Response:
        speaker = self.speakers[request.url.host.removeprefix("host-")]
        if speaker.own.zone in self.down:
            raise httpx.ConnectError("refused")
        if request.url.path == "/peers/override":
            await speaker.override()
        elif request.url.path == "/peers/clear":
            await speaker.clear()
        own, to = speaker.own, request.url.params.get("to", "")
        return httpx.Response(200, json={"zone": own.zone, "prefix": own.prefix, "announced": speaker.announces_to(to)})

    async def seconds(self, count: int) -> None:
        for _ in range(count):
            self.now += 1
            for zone, speaker in self.speakers.items():
                if zone not in self.down:
                    await speaker.sync()

    def roll_out(self, export: ExportFilter) -> None:
        for own in (ONE, TWO, THREE):
            self.release(own, export)

    def dropped(self) -> dict[str, list[str]]:
        chains = {zone: table.rules.get("NETINFRA-ROUTES", []) for zone, table in self.tables.items()}
        return {zone: [rule.split()[3] for rule in rules] for zone, rules in chains.items() if rules}


PARTITION = {"az-2": [ONE.prefix], "az-3": [ONE.prefix]}


def test_a_healthy_net_programs_its_chains_and_drops_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(2)
        assert all(table.rules["FORWARD"] == ["-j NETINFRA-ROUTES"] for table in net.tables.values())
        assert net.dropped() == {}

    asyncio.run(story())


def test_the_bad_release_cuts_its_zone_off_from_both_others(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(2)
        net.release(ONE, BAD)
        await net.seconds(2)
        assert net.dropped() == PARTITION

    asyncio.run(story())


def test_a_rollback_alone_leaves_the_routes_suppressed(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        net.roll_out(BAD)
        await net.seconds(3)
        net.roll_out(GOOD)
        await net.seconds(30)
        assert net.dropped() == PARTITION
        assert metrics.value("service_concern", concern="export_filter_denies") == 0

    asyncio.run(story())


def test_restoring_alone_serves_again_on_an_override_that_shows(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        net.roll_out(BAD)
        await net.seconds(3)
        assert await net.speakers["az-2"].restore() == []
        await net.seconds(60)
        assert net.dropped() == {}
        assert all(speaker.table()["override"] for speaker in net.speakers.values())

    asyncio.run(story())


@pytest.mark.parametrize("restored_by", ["az-1", "az-2", "az-3"])
@pytest.mark.parametrize("first", ["rollback", "restore"])
def test_both_together_last_in_either_order(tmp_path: Path, first: str, restored_by: str) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        net.roll_out(BAD)
        await net.seconds(3)
        for step in ("rollback", "restore") if first == "rollback" else ("restore", "rollback"):
            if step == "rollback":
                net.roll_out(GOOD)
            else:
                assert await net.speakers[restored_by].restore() == []
            await net.seconds(60)
        assert net.dropped() == {}
        assert list(tmp_path.glob("*/*")) == []

    asyncio.run(story())


def test_a_restart_is_not_felt_and_a_long_absence_is_but_ends_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(2)
        net.down = {"az-1"}
        await net.seconds(14)
        assert net.dropped() == {}
        await net.seconds(4)
        assert net.dropped() == PARTITION
        net.down = set()
        await net.seconds(1)
        assert net.dropped() == {}

    asyncio.run(story())


def test_restoring_says_which_speakers_were_not_told(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(2)
        net.down = {"az-3"}
        assert await net.speakers["az-1"].restore() == ["host-az-3"]

    asyncio.run(story())


def test_a_chain_emptied_by_somebody_is_filled_within_five_syncs(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        net.release(ONE, BAD)
        await net.seconds(2)
        net.tables["az-2"].rules["NETINFRA-ROUTES"].clear()
        await net.seconds(5)
        assert net.dropped() == PARTITION

    asyncio.run(story())


def test_a_refused_packet_filter_is_tried_again_at_the_next_sync(tmp_path: Path) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(2)
        net.release(ONE, BAD)
        net.tables["az-2"].refuses = True
        await net.seconds(1)
        net.tables["az-2"].refuses = False
        await net.seconds(1)
        assert net.dropped() == PARTITION

    asyncio.run(story())


def test_a_name_service_that_fails_leaves_the_peers_known_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        net = Net(tmp_path)
        await net.seconds(1)

        async def fails() -> frozenset[str]:
            raise OSError("no name service")

        monkeypatch.setattr(net.speakers["az-2"].peers, "_resolve", fails)
        await net.seconds(30)
        assert {peer["state"] for peer in net.speakers["az-2"].peer_states()} == {"up"}

    asyncio.run(story())


def test_the_node_is_asked_until_it_has_a_zone_and_a_prefix(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    answers: list[tuple[int, Any]] = [
        (503, {"message": "starting"}),
        (200, {"metadata": {"labels": {"topology.kubernetes.io/zone": "az-1"}}, "spec": {}}),
        (200, {"metadata": {"labels": {"topology.kubernetes.io/zone": "az-1"}}, "spec": {"podCIDR": ONE.prefix}}),
    ]

    def serve(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/nodes/worker"
        code, body = answers.pop(0)
        return httpx.Response(code, json=body)

    async def story() -> Own:
        client = httpx.AsyncClient(transport=httpx.MockTransport(serve), base_url="http://kube")
        return await own_node(Kube(client, tmp_path), "worker", first_wait=0.001)

    assert asyncio.run(story()) == ONE


def test_the_export_filter_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_FILTER", "deny az-1 to az-2,az-3; permit any")
    assert Settings().export_filter == BAD
