"""A server for the browser tests: `python -m tests.browser.serve recorded|invented|one-cluster`; tells its address."""

import io
import sys
import time

from lab.play.serving import address, bound, serve
from lab.scenarios import Scenario
from lab.server.app import create_app
from lab.server.logs import Log
from lab.server.settings import ServerSettings
from lab.world import Alert
from lab.worlds import RecordedSource, WorldSource
from tests.unit.page_kit import PageWorld
from tests.unit.server_kit import TinySource

STAGE_SECONDS = 1.2


class SlowWorld(PageWorld):
    """As slow to come to its incident as a cluster, only faster."""

    stage = ""

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        for self.stage in ("the shop is made healthy", "the fault is in", "waiting for the alert"):
            time.sleep(STAGE_SECONDS)
        return super().begin(scenario, seed)


SOURCES: dict[str, WorldSource] = {
    "recorded": RecordedSource(),
    "invented": TinySource(PageWorld),
    "one-cluster": TinySource(SlowWorld, exclusive=True),
}


def main(name: str) -> None:
    app = create_app(SOURCES[name], ServerSettings(openenv_ready=False), Log(io.StringIO()))
    with bound("127.0.0.1", 0) as listener:
        print(address(listener), flush=True)
        serve(app, listener)


if __name__ == "__main__":
    main(sys.argv[1])
