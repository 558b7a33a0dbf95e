"""What takes tell that the live world tells no more, left out as they are played.

`check_service_recovery` used to say of a service that it reports a condition that will not last. Outside of those that
the page names that was the culprit alone, so that whoever asked had to read nothing.
"""

import re
from dataclasses import replace

from lab.actions import Remedy
from lab.world import Outcome

STEP = "check_service_recovery"
_TOO_MUCH = ", reports a condition that will not last"
_MARK = " [ABNORMAL]"
_LINE = re.compile(r": (?P<ready>\d+) of (?P<wanted>\d+) pods ready(?:, (?P<share>\d+) % of its answers are errors)?$")
# As the live world judges it.
_TOLERATED_PERCENT = 2


def told(remedy: Remedy, outcome: Outcome) -> Outcome:
    if remedy.target != STEP or _TOO_MUCH not in outcome.text:
        return outcome
    head, *lines = outcome.text.split("\n")
    left = [_without(line) if _TOO_MUCH in line else line for line in lines]
    bad = sum(line.endswith(_MARK) for line in left)
    what = head.partition(":")[0]
    says = f"NOT as it should be, {bad} of {len(left)} facts are bad." if bad else "as it should be."
    return replace(outcome, text="\n".join([f"{what}: {says}", *left]))


def _without(line: str) -> str:
    said = line.removesuffix(_MARK).replace(_TOO_MUCH, "")
    return said + _MARK if _is_bad(said) else said


def _is_bad(said: str) -> bool:
    found = _LINE.search(said)
    if found is None:
        return True
    ready, wanted, share = int(found["ready"]), int(found["wanted"]), int(found["share"] or 0)
    return not ready >= wanted > 0 or share > _TOLERATED_PERCENT
