"""What is announced, withdrawn, suppressed and dropped, as a pure function of what was heard and what operators set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from microservices.network_infra.policy import ExportFilter

HOLD_SECONDS = 15.0  # a speaker that restarts is back in 3 to 8 s; until then its routes stay (graceful restart)
OVERRIDE_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Own:
    """This speaker's node."""

    zone: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a peer said last, and for how long it has not answered since."""

    zone: str
    prefix: str
    announced: bool
    silent_for: float = 0.0

    @property
    def lost(self) -> bool:
        return self.silent_for > HOLD_SECONDS

    @property
    def state(self) -> str:
        if self.silent_for == 0.0:
            return "up"
        return "lost" if self.lost else "held"


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives the process: suppressed prefixes by zone, and the operator's override of the export filter."""

    suppressed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    override_until: float | None = None

    def overrides(self, now: float) -> bool:
        return self.override_until is not None and now < self.override_until


@dataclass(frozen=True, slots=True)
class Drop:
    """Packets that one prefix starts towards another are not forwarded."""

    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Decision:
    kept: Kept
    override: bool
    filter_denies: tuple[str, ...]  # zones that the filter would withhold our prefix from, overridden or not
    withheld: tuple[str, ...]  # zones that we really withhold it from
    withdrawn: Mapping[str, str]  # zone -> prefix that its speaker does not announce to us
    lost: frozenset[str]  # of those, the zones whose speaker is gone
    drops: tuple[Drop, ...]


def decide(own: Own, heard: Iterable[Heard], kept: Kept, export: ExportFilter, now: float) -> Decision:
    peers = sorted((peer for peer in heard if peer.zone != own.zone), key=lambda peer: peer.zone)
    kept = _without_idle_override(kept, export, now)
    override = kept.overrides(now)
    withdrawn = {peer.zone: peer.prefix for peer in peers if not peer.announced or peer.lost}
    kept = kept if override else replace(kept, suppressed=_dampened(kept.suppressed, peers))
    denied = export.denied(own.zone, (peer.zone for peer in peers))
    return Decision(
        kept=kept,
        override=override,
        filter_denies=denied,
        withheld=() if override else denied,
        withdrawn=withdrawn,
        lost=frozenset(peer.zone for peer in peers if peer.announced and peer.lost),
        drops=_drops(own, {*withdrawn.values(), *kept.suppressed.values()}),
    )


def announces(own: Own, target: str, kept: Kept, export: ExportFilter, now: float) -> bool:
    return kept.overrides(now) or export.permits(own.zone, target)


def overridden(kept: Kept, now: float) -> Kept:
    return replace(kept, override_until=now + OVERRIDE_SECONDS)


def cleared(kept: Kept) -> Kept:
    return replace(kept, suppressed=MappingProxyType({}))


def _without_idle_override(kept: Kept, export: ExportFilter, now: float) -> Kept:
    """A filter that permits everything needs no override, and an expired one is none."""
    if kept.override_until is not None and (export.permits_everything or not kept.overrides(now)):
        return replace(kept, override_until=None)
    return kept


def _dampened(suppressed: Mapping[str, str], peers: Iterable[Heard]) -> Mapping[str, str]:
    """A withdrawal that a peer spoke suppresses its prefix; a peer that merely fell silent does not."""
    spoken = {peer.zone: peer.prefix for peer in peers if not peer.announced and not peer.lost}
    return MappingProxyType({**suppressed, **spoken})


def _drops(own: Own, prefixes: Iterable[str]) -> tuple[Drop, ...]:
    return tuple(Drop(own.prefix, prefix) for prefix in sorted(prefixes) if prefix != own.prefix)
