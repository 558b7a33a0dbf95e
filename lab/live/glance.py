"""The live world as its recorder needs it: what is wrong at this moment, with nothing of the moments before."""

import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from lab.actions import Remedy
from lab.errors import Refused
from lab.live.check import measured
from lab.live.findings import band_finding
from lab.live.health import found, judged
from lab.live.reading import Reading, read
from lab.live.world import LiveWorld
from lab.scenarios import Scenario
from lab.world import Health, Outcome, outcome_of

# Gauges of now. What is a rate over a window still tells of the time before a remedy.
OF_NOW = ("concerns", "database_up", "reaches_database", "credentials", "credentials_published")

BAND_SECONDS = 8.0


class GlancingWorld(LiveWorld):
    def glance(self) -> Health:
        return judged(read(self._console), self._going_on())

    def symptoms(self) -> frozenset[str]:
        incident = self._going_on()
        return frozenset(_shape(finding.reason) for finding in found(of_now(read(self._console)), incident))

    def outside(self, scenario: Scenario) -> list[str]:
        bands = scenario.answer.symptoms
        seen = measured(bands, self._console.prometheus.number, BAND_SECONDS)
        findings = [band_finding(band, seen[band.name], 0.0) for band in bands]
        return [f"{found.step} is {found.measured}, wanted {found.wanted}" for found in findings if not found.ok]

    def do_together(self, remedies: Sequence[Remedy]) -> list[Outcome | Refused]:
        with ThreadPoolExecutor(len(remedies)) as pool:
            return list(pool.map(lambda remedy: outcome_of(self, remedy), remedies))

    def heal(self) -> None:
        """Also where the end failed, which has given the cluster back."""
        with self._hold:
            self._ground.heal()

    def kubernetes_version(self) -> str:
        """By the admin's hands: the agent's account is there after the first heal only."""
        version = self._admin.find("/version")
        assert version is not None, "every API server tells its version"
        return str(version["gitVersion"])


def of_now(reading: Reading) -> Reading:
    series = {name: reading.of(name) for name in OF_NOW}
    # Revenue is measured over a window too, and too little of it would be a finding.
    return replace(reading, series=series | {"revenue": {("", ""): math.inf}})


def _shape(reason: str) -> str:
    return re.sub(r"\d[\d,.]*", "#", reason)
