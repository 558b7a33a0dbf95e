"""A packet filter in memory."""

from collections.abc import Callable

from microservices.network_infra.packet_filter import Argv, FilterRefused


class Table:
    """As much of the filter table as the speaker uses."""

    def __init__(self) -> None:
        self.rules: dict[str, list[str]] = {"FORWARD": []}
        self.refuses = False

    async def __call__(self, argv: Argv) -> str:
        if self.refuses:
            raise FilterRefused(argv, 4, "another app is currently holding the xtables lock")
        verb, *words = argv[3:]
        acts: dict[str, Callable[..., str]] = {
            "-S": self._list,
            "-N": self._new,
            "-A": self._add,
            "-I": self._insert,
            "-D": self._delete,
        }
        return acts[verb](*words)

    def _list(self) -> str:
        chains = [f"-N {chain}" for chain in self.rules if chain != "FORWARD"]
        return "\n".join([*chains, *(f"-A {c} {rule}" for c, rules in self.rules.items() for rule in rules)])

    def _new(self, chain: str) -> str:
        self.rules[chain] = []
        return ""

    def _add(self, chain: str, *words: str) -> str:
        self.rules[chain].append(" ".join(words))
        return ""

    def _insert(self, chain: str, place: str, *words: str) -> str:
        self.rules[chain].insert(int(place) - 1, " ".join(words))
        return ""

    def _delete(self, chain: str, *words: str) -> str:
        rules = self.rules[chain]
        rules.pop(int(words[0]) - 1 if words[0].isdigit() else rules.index(" ".join(words)))
        return ""
