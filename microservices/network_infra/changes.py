"""What an operator reads in the log when one decision follows another. Pure: log lines are made from the difference."""

from collections.abc import Iterator
from typing import NamedTuple

from microservices.network_infra.routes import Decision, Own


class Change(NamedTuple):
    text: str
    trouble: bool = False


def changes(own: Own, before: Decision | None, after: Decision) -> Iterator[Change]:
    yield from _announcement(own, before, after)
    yield from _withdrawals(before, after)
    yield from _suppressions(before, after)
    yield from _override(before, after)


def _announcement(own: Own, before: Decision | None, after: Decision) -> Iterator[Change]:
    was = before.withheld if before else ()
    prefix = f"prefix {own.prefix} ({own.zone})"
    if after.withheld and after.withheld != was:
        yield Change(f"export filter denies {prefix} to {','.join(after.withheld)}: withdrawn", trouble=True)
    elif was and not after.withheld:
        yield Change(f"{prefix} announced to {','.join(was)} again")


def _withdrawals(before: Decision | None, after: Decision) -> Iterator[Change]:
    was = before.withdrawn if before else {}
    for zone, prefix in after.withdrawn.items():
        if zone not in was:
            yield Change(_withdrawn(zone, prefix, after), trouble=True)
    for zone, prefix in was.items():
        if zone not in after.withdrawn:
            yield _announced_again(zone, prefix, after)


def _withdrawn(zone: str, prefix: str, after: Decision) -> str:
    if zone in after.lost:
        return f"prefix {prefix} lost: speaker of {zone} is gone past its hold time, forwarding stopped"
    return f"prefix {prefix} withdrawn by {zone}: forwarding stopped"


def _announced_again(zone: str, prefix: str, after: Decision) -> Change:
    said = f"prefix {prefix} announced by {zone} again"
    if zone in after.kept.suppressed:
        return Change(f"{said}, still suppressed: forwarding stays stopped", trouble=True)
    return Change(f"{said}: forwarding resumed")


def _suppressions(before: Decision | None, after: Decision) -> Iterator[Change]:
    was = before.kept.suppressed if before else {}
    for zone, prefix in after.kept.suppressed.items():
        if zone not in was:
            yield Change(f"prefix {prefix} ({zone}) suppressed (dampening)", trouble=True)
    for zone, prefix in was.items():
        if zone not in after.kept.suppressed:
            yield Change(f"suppression of prefix {prefix} ({zone}) cleared")


def _override(before: Decision | None, after: Decision) -> Iterator[Change]:
    was = before.override if before else False
    if after.override and not was:
        yield Change("operator override in force: announcing everything whatever the export filter says", trouble=True)
    elif was and not after.override:
        yield Change("operator override dropped")
