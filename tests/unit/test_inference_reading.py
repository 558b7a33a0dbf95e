"""What the baseline reads out of evidence that the live world's pens wrote."""

from lab.baseline_agent.reading import glimpse, log_lines, marked, new_release, stems
from lab.live.report import evidence, fact
from tests.unit.invented import logs, releases

FACTS = evidence("Metrics:", [fact("error_rate", "50 %", "0 %", True), fact("traffic", "3", "3")]).text


def test_marked_facts_come_without_their_mark() -> None:
    assert marked(FACTS) == ("error_rate: 50 % (healthy: 0 %)",)


def test_a_json_line_says_its_event_and_fields_but_not_who_wrote_it() -> None:
    text = logs("a", '{"time":"t","level":"warning","service":"a","event":"export broke","mode":"full"}')
    (line,) = log_lines(text)
    assert (line.says, line.notable) == ("export broke; mode full", True)


def test_plain_lines_are_notable_by_their_words() -> None:
    found = log_lines(logs("db", "all is well", "process was terminated by signal 9"))
    assert [line.notable for line in found] == [False, True]


def test_a_release_is_new_only_where_the_evidence_says_so() -> None:
    assert new_release(releases("a")) is None
    found = new_release(releases("a", cause="shorter filter", env={"FILTER": "deny b"}))
    assert found is not None
    assert (found.version, found.cause) == ("v1.1.0", "shorter filter")
    assert [str(setting) for setting in found.settings] == ["FILTER from (not set) to deny b"]


def test_forms_of_a_word_have_one_stem() -> None:
    assert stems("suppressed routes, rotation") == stems("suppression of a route; rotated")
    assert stems("DB") == stems("postgres")
    assert not stems("the service was restarted"[:15])


def test_a_glimpse_is_the_most_telling_line() -> None:
    assert glimpse(FACTS).startswith("error_rate: 50 %")
    assert "refused" in glimpse(logs("a", "hello", "login refused"))
    assert glimpse("x" * 500, limit=10) == "xxxxxxxxxx..."
    assert glimpse("") == "(nothing)"
