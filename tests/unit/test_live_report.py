import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.live.incident import duration
from lab.live.report import LIMIT, Line, cut, evidence, fact, note
from lab.plain import harmless
from tests.unit.live_fakes import ALERTED, incident


def test_a_fact_is_a_line_with_its_healthy_value_and_a_mark() -> None:
    line = fact("error_rate", "78 %", "0 %", abnormal=True)
    assert str(line) == "error_rate: 78 % (healthy: 0 %) [ABNORMAL]"


def test_facts_of_one_key_are_told_apart_in_the_text_only() -> None:
    found = evidence(
        "Head", [fact("peers_up", "1", "2", True, "zone=az-1"), fact("peers_up", "2", "2", False, "zone=az-2")]
    )
    assert found.text == "Head\npeers_up zone=az-1: 1 (healthy: 2) [ABNORMAL]\npeers_up zone=az-2: 2 (healthy: 2)"
    assert found.keys == ("peers_up",)
    assert found.abnormal == ("peers_up",)


def test_a_note_is_no_fact() -> None:
    assert evidence("Head", [note("something")]).keys == ()


def test_what_does_not_fit_is_said_to_be_cut() -> None:
    found = evidence("Head", [Line("row", f"row {number}: " + "x" * 90) for number in range(100)])
    assert len(found.text.encode()) <= LIMIT
    assert found.text.splitlines()[-1].startswith("(cut: ")
    shown = len(found.text.splitlines()) - 2
    assert f"{100 - shown} more lines" in found.text


def test_what_fits_is_not_cut() -> None:
    assert cut(["a", "b"]) == "a\nb"


@given(st.lists(st.text(max_size=900), max_size=40))
def test_never_longer_than_an_evidence_may_be(lines: list[str]) -> None:
    assert len(cut(lines).encode(errors="surrogatepass")) <= LIMIT


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x07b\x00", "a\\x07b\\x00"),
        ("safe\u202etxt", "safe\\u202etxt"),
        ("tab\there", "tab here"),
        ("back\rover", "back\\rover"),
        ("grün 10 €", "grün 10 €"),
    ],
)
def test_what_acts_instead_of_showing_is_written_out(raw: str, shown: str) -> None:
    assert harmless(raw) == shown


@given(st.text())
def test_nothing_that_acts_is_left(raw: str) -> None:
    assert not {unicodedata.category(character) for character in harmless(raw)} & {"Cc", "Cf", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-42.0, "42 s before the alert"),
        (0.4, "at the alert"),
        (17.0, "17 s after the alert"),
        (-600.0, "10 min before the alert"),
    ],
)
def test_moments_are_told_from_the_alert(seconds: float, said: str) -> None:
    assert incident().relative(ALERTED + seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(119, "119 s"), (600, "10 min"), (7_300, "2 h"), (400_000, "5 days")])
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
