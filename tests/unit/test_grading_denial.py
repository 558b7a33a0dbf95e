"""Which words of a sentence are denied, cleared or mere consequences."""

import pytest

from lab.grading.text import read


def said(text: str) -> str:
    return read(text).sentences[0].said.strip()


def claimed(text: str) -> str:
    return read(text).sentences[0].claimed.strip()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("it was never the route", "it was never"),
        ("not because of a leak, a route was lost", "not because a route was lost"),
        ("it is not that memory ran out or that a query ran; dns failed", "it is not that dns failed"),
        ("I doubt that memory ran out (by a query)", "i doubt that"),
        ("memory is far from its limit", "memory is far"),
        ("an export without a limit exhausts memory", "an export without exhaust memory"),
        ("not only the export", "not only the export"),
        ("the shop did not survive the export", "the shop did not survive the export"),
    ],
)
def test_what_follows_a_denial_is_not_said(text: str, left: str) -> None:
    assert said(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("dns is fine, memory ran out", "fine memory ran out"),
        ("dns and disk are fine, memory ran out", "fine memory ran out"),
        ("memory ran out and dns is fine", "memory ran out and fine"),
        ("I suspected the export, but both were ruled out: dns failed", "ruled dns failed"),
        ("memory pressure was low, dns failed", "low dns failed"),
        ("memory stayed flat, dns failed", "flat dns failed"),
        ("memory is low", "memory is low"),
        ("the route is not fine", "the route is not"),
        ("the export and the route are red herrings, dns failed", "herring dns failed"),
        ("the query did not cause it; dns failed", "not cause it dns failed"),
        ("the query did not either; dns failed", "not either dns failed"),
    ],
)
def test_what_is_cleared_of_blame_is_not_said(text: str, left: str) -> None:
    assert said(text) == left


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("the leak caused a full pool", "the leak"),
        ("a full pool was caused by the leak", "caused by the leak"),
        ("the leak, with a full pool afterwards", "the leak afterward"),
        ("a full pool due to the leak", "due to the leak"),
        ("the root cause is the leak", "the root cause is the leak"),
        ("routes were lost, not because of the leak", "route were lost not because"),
    ],
)
def test_what_comes_of_a_cause_is_not_claimed(text: str, cause: str) -> None:
    assert claimed(text) == cause


def test_a_question_states_nothing_and_lacks_nothing() -> None:
    asked = read("No limit on the query?").sentences[0]
    assert (asked.said.strip(), asked.open.strip()) == ("", "")


@pytest.mark.parametrize(
    ("text", "guesses"),
    [("it could be the export or might be dns, perhaps a leak", 3), ("it could not reach the database", 0)],
)
def test_what_is_only_possible_is_counted(text: str, guesses: int) -> None:
    assert read(text).guesses == guesses


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("export -> too large a result -> no memory -> killed postgres -> broken pools in each client", True),
        ("postgres analytics export query memory oom unbounded kernel flag limit", False),
    ],
)
def test_arrows_hold_words_together_and_big_adjectives_do_not(text: str, prose: bool) -> None:
    assert read(text).prose is prose
