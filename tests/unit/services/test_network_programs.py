"""What the speaker does to its node: iptables' commands, and the file that outlives it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from microservices.network_infra.packet_filter import Argv, FilterRefused, PacketFilter, commands, run_iptables
from microservices.network_infra.routes import Drop, Kept
from microservices.network_infra.store import Store

EMPTY = ["-P FORWARD ACCEPT"]
READY = ["-P FORWARD ACCEPT", "-N NETINFRA-ROUTES", "-A FORWARD -j NETINFRA-ROUTES"]
RULE = "-A NETINFRA-ROUTES -s 10.244.2.0/24 -d 10.244.1.0/24 -m conntrack --ctdir ORIGINAL -j DROP"
DROP = Drop("10.244.2.0/24", "10.244.1.0/24")


@pytest.mark.parametrize(
    ("listing", "drops", "steps"),
    [
        (EMPTY, [], ["-N NETINFRA-ROUTES", "-I FORWARD 1 -j NETINFRA-ROUTES"]),
        (READY, [], []),
        (READY, [DROP], [RULE]),
        ([*READY, RULE], [DROP], []),
        ([*READY, RULE], [], [RULE.replace("-A", "-D")]),
        ([*READY, RULE, RULE], [DROP], [RULE.replace("-A", "-D")]),
        (
            ["-N NETINFRA-ROUTES", "-A FORWARD -j KUBE-FORWARD", "-A FORWARD -j NETINFRA-ROUTES"],
            [],
            ["-I FORWARD 1 -j NETINFRA-ROUTES", "-D FORWARD 3"],
        ),
    ],
)
def test_the_commands_that_make_the_table_as_wanted(
    listing: Sequence[str], drops: Sequence[Drop], steps: list[str]
) -> None:
    assert [" ".join(step) for step in commands(listing, drops)] == steps


def test_iptables_is_told_to_wait_for_the_lock() -> None:
    said: list[Argv] = []

    async def note(argv: Argv) -> str:
        said.append(argv)
        return ""

    asyncio.run(PacketFilter("iptables-x", note).ensure([]))
    assert {tuple(argv[:3]) for argv in said} == {("iptables-x", "-w", "2")}


def test_a_refusal_carries_argv_code_and_words() -> None:
    with pytest.raises(FilterRefused, match=r"false exited with 1"):
        asyncio.run(run_iptables(["false"]))


def test_what_is_kept_outlives_the_process_and_nothing_leaves_no_file(tmp_path: Path) -> None:
    kept = Kept(MappingProxyType({"az-1": DROP.destination}), 5.0)
    Store(tmp_path).save(kept)
    assert Store(tmp_path).load() == kept
    Store(tmp_path).save(Kept())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "routes.json").write_text("{")
    assert Store(tmp_path).load() == Kept()
    assert [path.name for path in tmp_path.iterdir()] == ["routes.unreadable"]
