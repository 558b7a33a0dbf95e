"""What a proof found: a step, what was wanted, what was measured, and whether that holds. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.scenarios import Band, CutOff, Kills


@dataclass(frozen=True, slots=True)
class Finding:
    step: str
    wanted: str
    measured: str
    ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckReport:
    scenario: str
    findings: tuple[Finding, ...]
    figures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "ok": self.ok,
            "findings": [asdict(f) for f in self.findings],
            "figures": self.figures,
        }

    def rows(self) -> list[list[str]]:
        return [["✓" if f.ok else "✗", f.step, f.wanted, f.measured, f"{f.seconds:.1f} s"] for f in self.findings]


@dataclass(frozen=True, slots=True)
class Endings:
    """When processes of a service were killed, by the clock on the wall, and whether its container backs off."""

    killed_at: tuple[float, ...]
    backs_off: bool

    def killed(self, since: float, seconds: float) -> int:
        return sum(since <= at <= since + seconds for at in self.killed_at)


@dataclass(frozen=True, slots=True)
class Reached:
    """Of so many addresses, how many take a connection."""

    reached: int
    of: int


def band_finding(band: Band, values: Sequence[float], took: float) -> Finding:
    """Each measurement inside, not only their mean, unless the band says so."""
    wanted = f"{band.min:g} to {band.max:g}"
    if not values:
        return Finding(band.name, wanted, "nothing measured", False, took)
    said = f"{min(values):.3g} to {max(values):.3g}"
    judged = values
    if band.judged == "mean":
        judged = [statistics.fmean(values)]
        said += f", mean {judged[0]:.3g}"
    return Finding(band.name, wanted, said, all(band.min <= value <= band.max for value in judged), took)


def times_finding(band: Band, least: float, values: Sequence[float], healthy: float | None, took: float) -> Finding:
    """However the figure rose, it must be so many times as high as just before."""
    step, wanted = f"{band.name}, times the healthy one", f"at least {least:g}"
    if not values or not healthy:
        return Finding(step, wanted, "nothing measured", False, took)
    times = [value / healthy for value in values]
    said = f"{min(times):.3g} to {max(times):.3g} (healthy: {healthy:.3g})"
    return Finding(step, wanted, said, min(times) >= least, took)


def suffices(kills: Kills, seen: Endings, since: float) -> bool:
    return seen.killed(since, kills.seconds) >= kills.least and seen.backs_off


def kills_finding(kills: Kills, seen: Endings, since: float, within: float, took: float) -> Finding:
    wanted = f"{kills.least} times by the kernel in {kills.seconds:.0f} s, then in back-off"
    said = (
        f"{seen.killed(since, kills.seconds)} times, {'' if seen.backs_off else 'not '}in back-off after {within:.0f} s"
    )
    return Finding(f"{kills.service} is killed", wanted, said, suffices(kills, seen, since), took)


def cut_finding(cut: CutOff, seen: Mapping[str, Reached], took: float) -> Finding:
    wanted = f"none from {' and '.join(cut.out_of)}, all from {cut.into}"
    said = "; ".join(f"{zone}: {found.reached} of {found.of}" for zone, found in sorted(seen.items()))
    none, nobody = Reached(0, 0), Reached(-1, -1)
    own = seen.get(cut.into, none)
    ok = own.of > 0 and own.reached == own.of and not any(seen.get(zone, nobody).reached for zone in cut.out_of)
    return Finding(f"new connections into {cut.into}", wanted, said, ok, took)
