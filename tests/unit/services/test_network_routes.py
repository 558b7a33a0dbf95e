from collections.abc import Mapping
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from microservices.network_infra.changes import changes
from microservices.network_infra.policy import parse_filter
from microservices.network_infra.routes import (
    HOLD_SECONDS,
    OVERRIDE_SECONDS,
    Decision,
    Drop,
    Heard,
    Kept,
    Own,
    announces,
    cleared,
    decide,
    overridden,
)

GOOD = parse_filter("permit any")
BAD = parse_filter("deny az-1 to az-2,az-3; permit any")
ONE, TWO, THREE = Own("az-1", "10.244.1.0/24"), Own("az-2", "10.244.2.0/24"), Own("az-3", "10.244.3.0/24")
NOW = 1_000.0


def heard(own: Own, announced: bool = True, silent_for: float = 0.0) -> Heard:
    return Heard(own.zone, own.prefix, announced, silent_for)


def kept(suppressed: Mapping[str, str], override_until: float | None = None) -> Kept:
    return Kept(MappingProxyType(dict(suppressed)), override_until)


def test_with_everything_announced_nothing_is_dropped() -> None:
    decision = decide(TWO, [heard(ONE), heard(THREE)], Kept(), GOOD, NOW)
    assert (decision.drops, decision.withdrawn, decision.withheld, decision.kept) == ((), {}, (), Kept())


def test_the_bad_filter_withholds_its_own_zones_prefix_only() -> None:
    assert decide(ONE, [heard(TWO), heard(THREE)], Kept(), BAD, NOW).withheld == ("az-2", "az-3")
    assert decide(TWO, [heard(ONE), heard(THREE)], Kept(), BAD, NOW).withheld == ()


def test_a_withdrawn_prefix_is_dropped_and_suppressed() -> None:
    decision = decide(TWO, [heard(ONE, announced=False), heard(THREE)], Kept(), GOOD, NOW)
    assert decision.drops == (Drop("10.244.2.0/24", "10.244.1.0/24"),)
    assert decision.kept == kept({"az-1": "10.244.1.0/24"})


def test_an_announcement_alone_does_not_end_the_suppression() -> None:
    decision = decide(TWO, [heard(ONE)], kept({"az-1": "10.244.1.0/24"}), GOOD, NOW)
    assert decision.withdrawn == {}
    assert decision.drops == (Drop("10.244.2.0/24", "10.244.1.0/24"),)


def test_a_suppressed_prefix_stays_dropped_while_its_speaker_is_not_there() -> None:
    assert decide(TWO, [], kept({"az-1": "10.244.1.0/24"}), GOOD, NOW).drops


def test_clearing_alone_does_not_bring_back_what_is_still_withdrawn() -> None:
    decision = decide(TWO, [heard(ONE, announced=False)], cleared(kept({"az-1": ONE.prefix})), GOOD, NOW)
    assert decision.kept.suppressed == {"az-1": ONE.prefix}


def test_a_silent_peer_changes_nothing_within_the_hold_time() -> None:
    assert decide(TWO, [heard(ONE, silent_for=HOLD_SECONDS)], Kept(), GOOD, NOW).drops == ()


def test_a_peer_silent_for_longer_is_withdrawn_but_not_suppressed() -> None:
    decision = decide(TWO, [heard(ONE, silent_for=HOLD_SECONDS + 0.1)], Kept(), GOOD, NOW)
    assert decision.drops == (Drop(TWO.prefix, ONE.prefix),)
    assert decision.lost == {"az-1"}
    assert decision.kept == Kept()


def test_an_override_announces_whatever_the_filter_denies() -> None:
    under = overridden(Kept(), NOW)
    assert announces(ONE, "az-2", under, BAD, NOW + OVERRIDE_SECONDS - 1)
    assert not announces(ONE, "az-2", under, BAD, NOW + OVERRIDE_SECONDS)
    assert not announces(ONE, "az-2", Kept(), BAD, NOW)


def test_under_the_bad_filter_an_override_stays_in_every_zone() -> None:
    for own in (ONE, TWO, THREE):
        decision = decide(own, [], overridden(Kept(), NOW), BAD, NOW + 60)
        assert decision.override
        assert decision.withheld == ()


def test_the_filter_still_shows_as_denying_while_it_is_overridden() -> None:
    assert decide(ONE, [heard(TWO)], overridden(Kept(), NOW), BAD, NOW).filter_denies == ("az-2",)


def test_an_override_does_not_suppress_anew_what_is_heard_late() -> None:
    decision = decide(TWO, [heard(ONE, announced=False)], overridden(Kept(), NOW), BAD, NOW)
    assert decision.kept.suppressed == {}
    assert decision.withdrawn == {"az-1": ONE.prefix}


def test_a_filter_that_permits_everything_drops_the_override() -> None:
    assert decide(ONE, [], overridden(Kept(), NOW), GOOD, NOW).kept == Kept()


def test_an_override_that_is_over_is_dropped() -> None:
    assert decide(ONE, [], kept({}, NOW - 1), BAD, NOW).kept == Kept()


def test_a_speaker_never_drops_its_own_zone() -> None:
    assert decide(ONE, [heard(ONE, announced=False)], Kept(), GOOD, NOW).drops == ()


peers = st.lists(
    st.builds(heard, st.sampled_from([ONE, THREE]), st.booleans(), st.floats(0, 60)), unique_by=lambda peer: peer.zone
)
keeps = st.builds(kept, st.sampled_from([{}, {"az-1": ONE.prefix}]), st.one_of(st.none(), st.floats(0, 2 * NOW)))


@given(peers, keeps, st.sampled_from([GOOD, BAD]))
def test_deciding_again_on_the_same_facts_changes_nothing(said: list[Heard], before: Kept, export: object) -> None:
    first = decide(TWO, said, before, export, NOW)  # type: ignore[arg-type]
    second = decide(TWO, said, first.kept, export, NOW)  # type: ignore[arg-type]
    assert second == first
    assert list(changes(TWO, first, second)) == []


def lines(own: Own, before: Decision | None, after: Decision) -> list[str]:
    return [change.text for change in changes(own, before, after)]


def test_what_stops_forwarding_is_a_warning_and_what_mends_is_not() -> None:
    before = decide(TWO, [heard(ONE)], Kept(), GOOD, NOW)
    gone = decide(TWO, [heard(ONE, announced=False)], Kept(), GOOD, NOW)
    assert {change.trouble for change in changes(TWO, before, gone)} == {True}
    assert {change.trouble for change in changes(TWO, gone, before)} == {False}


def test_the_log_of_the_zone_that_withholds() -> None:
    good = decide(ONE, [heard(TWO), heard(THREE)], Kept(), GOOD, NOW)
    bad = decide(ONE, [heard(TWO), heard(THREE)], Kept(), BAD, NOW)
    assert lines(ONE, None, bad) == ["export filter denies prefix 10.244.1.0/24 (az-1) to az-2,az-3: withdrawn"]
    assert lines(ONE, good, good) == []
    assert lines(ONE, bad, good) == ["prefix 10.244.1.0/24 (az-1) announced to az-2,az-3 again"]


def test_the_log_of_a_zone_that_it_is_withheld_from() -> None:
    before = decide(TWO, [heard(ONE)], Kept(), GOOD, NOW)
    gone = decide(TWO, [heard(ONE, announced=False)], Kept(), GOOD, NOW)
    back = decide(TWO, [heard(ONE)], gone.kept, GOOD, NOW)
    clear = decide(TWO, [heard(ONE)], Kept(), GOOD, NOW)
    assert lines(TWO, before, gone) == [
        "prefix 10.244.1.0/24 withdrawn by az-1: forwarding stopped",
        "prefix 10.244.1.0/24 (az-1) suppressed (dampening)",
    ]
    assert lines(TWO, gone, back) == [
        "prefix 10.244.1.0/24 announced by az-1 again, still suppressed: forwarding stays stopped"
    ]
    assert lines(TWO, back, clear) == ["suppression of prefix 10.244.1.0/24 (az-1) cleared"]


def test_the_log_of_a_speaker_that_is_gone_and_of_an_override() -> None:
    lost = decide(TWO, [heard(ONE, silent_for=99)], Kept(), GOOD, NOW)
    over = decide(TWO, [heard(ONE)], overridden(Kept(), NOW), BAD, NOW)
    assert "speaker of az-1 is gone past its hold time" in lines(TWO, None, lost)[0]
    assert "operator override in force" in lines(TWO, lost, over)[-1]
    assert lines(TWO, over, decide(TWO, [heard(ONE)], over.kept, GOOD, NOW)) == ["operator override dropped"]
