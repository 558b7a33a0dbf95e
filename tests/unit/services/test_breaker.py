import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservices.common.breaker import Breaker
from microservices.common.errors import BreakerOpen

EVENTS = st.lists(st.sampled_from(["success", "failure", "wait"]), max_size=40)
TO_OPEN = st.integers(1, 7)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def play(breaker: Breaker, clock: Clock, events: list[str]) -> None:
    for event in events:
        if event == "wait":
            clock.now += 0.7
        else:
            getattr(breaker, event)()


def refuses(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except BreakerOpen:
        return True
    return False


def most_failures_in_a_row(events: list[str]) -> int:
    runs = "".join({"failure": "x", "success": " ", "wait": ""}[event] for event in events).split(" ")
    return max(len(run) for run in runs)


@given(EVENTS, TO_OPEN)
def test_a_latching_one_is_open_from_the_first_row_of_failures_on_and_for_ever(events: list[str], to_open: int) -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", to_open, latches=True, clock=clock)
    play(breaker, clock, events)
    clock.now += 1e9
    assert refuses(breaker) == breaker.is_open == (most_failures_in_a_row(events) >= to_open)


@given(EVENTS, TO_OPEN)
def test_one_that_resets_is_closed_by_any_success(events: list[str], to_open: int) -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", to_open, clock=clock)
    play(breaker, clock, [*events, "success"])
    assert not breaker.is_open
    assert not refuses(breaker)


@given(EVENTS, TO_OPEN)
def test_one_that_resets_is_open_when_the_last_failures_were_enough(events: list[str], to_open: int) -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", to_open, clock=clock)
    play(breaker, clock, events)
    last_run = "".join(event[0] for event in events if event != "wait").rpartition("s")[2]
    assert breaker.is_open == (len(last_run) >= to_open)


@given(EVENTS, TO_OPEN)
def test_opening_and_closing_are_told_in_turns(events: list[str], to_open: int) -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", to_open, clock=clock)
    told = []
    for event in events:
        if event == "wait":
            clock.now += 0.7
        elif getattr(breaker, event)():
            told.append(event)
    assert told == [("failure", "success")[turn % 2] for turn in range(len(told))]


def test_after_a_while_one_call_tries_and_its_success_closes() -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", 1, reset_after=2.0, clock=clock)
    breaker.failure()
    clock.now += 1.9
    assert refuses(breaker)
    clock.now += 0.2
    assert [refuses(breaker), refuses(breaker)] == [False, True]
    assert breaker.success()
    assert not refuses(breaker)


def test_a_trial_that_fails_keeps_it_open_for_as_long_again() -> None:
    clock = Clock()
    breaker = Breaker("postgres-db", 1, reset_after=2.0, clock=clock)
    breaker.failure()
    clock.now += 2.1
    breaker.check()
    clock.now += 1.5
    assert not breaker.failure()
    clock.now += 1.9
    assert refuses(breaker)
    clock.now += 0.2
    assert not refuses(breaker)


def test_it_says_whom_it_keeps_from() -> None:
    breaker = Breaker("postgres-db", 1, latches=True)
    breaker.failure()
    with pytest.raises(BreakerOpen, match="postgres-db: circuit breaker open"):
        breaker.check()
