"""What is hit in a live soak: each kind of blow, and one of them at its moment with what became of it."""

import random
import threading
import time
from collections.abc import Callable, Mapping

from lab.cluster.names import BACKSTAGE, SHOP
from lab.errors import LabError, LabFault
from scripts.soak.judged import Hit
from scripts.soak.order import KILLED, OTHERS
from tests.e2e.outsider import bounce, kill_api_server, take_away, workers
from tests.e2e.server import Server

Blow = Callable[[], object]


def blows(server: Server, dice: random.Random) -> Mapping[str, Blow]:
    database, prometheus, api_server, node = OTHERS
    return {
        KILLED: lambda: end(server),
        database: lambda: take_away(SHOP, "postgres-db"),
        prometheus: lambda: take_away(BACKSTAGE, "prometheus"),
        api_server: kill_api_server,
        node: lambda: bounce(dice.choice(workers())),
    }


def end(server: Server) -> None:
    if not server.lives:
        raise LabFault("The server had ended by itself.")
    server.kill()


class Strike:
    """One blow, which falls beside the episode."""

    def __init__(self, kind: str, blow: Blow, moment: float) -> None:
        self._kind, self._blow = kind, blow
        self._fell: float | None = None
        self._failure = ""
        self._timer = threading.Timer(moment, self._fall)
        self._timer.start()

    def outcome(self, ended: float) -> Hit:
        """Once it has fallen; `ended` is when the episode did."""
        self._timer.join()
        fell = self._fell
        return Hit(self._kind, fell is not None, fell is not None and fell <= ended, self._failure)

    def _fall(self) -> None:
        """What was to be hit may be down already, by an earlier blow: then it did not land."""
        begun = time.monotonic()
        try:
            self._blow()
        except (LabError, OSError, LookupError, ValueError) as error:
            self._failure = " ".join(str(error).split())[:120] or type(error).__name__
        else:
            self._fell = begun
