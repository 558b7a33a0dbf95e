"""The node's packet filter: one chain of our own, jumped to first from FORWARD, holding one rule for each `Drop`.

Only packets in a connection's original direction are dropped: what this zone starts towards a withdrawn prefix stops,
pooled connections included, while answers to what that zone itself starts still pass.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from microservices.network_infra.routes import Drop

CHAIN = "NETINFRA-ROUTES"
_JUMP = f"-A FORWARD -j {CHAIN}"

Argv = Sequence[str]
Runner = Callable[[Argv], Awaitable[str]]


class FilterRefused(Exception):
    """iptables did not do as told; carries its argv, exit code and words."""

    def __init__(self, argv: Argv, code: int, output: str) -> None:
        super().__init__(f"{' '.join(argv)} exited with {code}: {output.strip()}")


async def run_iptables(argv: Argv) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode:
        raise FilterRefused(argv, process.returncode, err.decode())
    return out.decode()


def wanted_rules(drops: Sequence[Drop]) -> list[str]:
    """The chain's rules as `iptables -S` prints them."""
    return [
        f"-A {CHAIN} -s {drop.source} -d {drop.destination} -m conntrack --ctdir ORIGINAL -j DROP" for drop in drops
    ]


def commands(listing: Sequence[str], drops: Sequence[Drop]) -> list[list[str]]:
    """What turns the listed filter table into the wanted one; nothing when it is so already. Pure.

    New rules go in before old ones go out, and the jump is put first before its old copy is taken away, so that
    no packet slips through in between.
    """
    have = [line for line in listing if line.startswith(f"-A {CHAIN} ")]
    want = wanted_rules(drops)
    steps: list[list[str]] = []
    if f"-N {CHAIN}" not in listing:
        steps.append(["-N", CHAIN])
    steps += [line.split() for line in want if line not in have]
    steps += [["-D", *line.split()[1:]] for line in _surplus(have, want)]
    return steps + _jump_steps(listing)


def _surplus(have: Sequence[str], want: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    extra = []
    for line in have:
        if line not in want or line in seen:
            extra.append(line)
        seen.add(line)
    return extra


def _jump_steps(listing: Sequence[str]) -> list[list[str]]:
    forward = [line for line in listing if line.startswith("-A FORWARD ")]
    if forward[:1] == [_JUMP]:
        return []
    places = [place for place, line in enumerate(forward, start=1) if line == _JUMP]
    # Inserting shifts the old copies down by one; the last goes first so that the numbers stay true.
    return [["-I", "FORWARD", "1", "-j", CHAIN], *(["-D", "FORWARD", str(place + 1)] for place in reversed(places))]


class PacketFilter:
    def __init__(self, program: str = "iptables", run: Runner = run_iptables) -> None:
        self._base = [program, "-w", "2"]  # two seconds for the table's lock, which kube-proxy also takes
        self._run = run

    async def ensure(self, drops: Sequence[Drop]) -> int:
        """Makes the chain equal to `drops` and says how many commands that took."""
        listing = (await self._run([*self._base, "-S"])).splitlines()
        steps = commands(listing, drops)
        for step in steps:
            await self._run([*self._base, *step])
        return len(steps)
