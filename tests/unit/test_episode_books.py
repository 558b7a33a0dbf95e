"""Whatever is played: the books balance, and every prefix of an episode can be rebuilt."""

from hypothesis import given
from hypothesis import strategies as st

from lab.actions import DESCRIPTIONS, QUERY_KINDS, REMEDY_KINDS, SEVERITIES, Invalid, Move, Query, Remedy, Submission
from lab.episode import Entry, rebuild, run_step, start, state
from lab.scenarios import get
from lab.world import Outcome
from tests.unit.tiny_world import FLAGS, TinyWorld, alert_of, submission

OF = ("AC-001", "RCA-001", "RP-001")

moves = st.one_of(
    st.builds(Query, st.sampled_from(QUERY_KINDS), st.sampled_from(["postgres-db", "analytics-service", "nobody"])),
    st.builds(
        Remedy,
        st.sampled_from(REMEDY_KINDS),
        st.sampled_from(
            ["postgres-db", "analytics-service", "full_history_export", "verify_db_health", "order-service"]
        ),
    ),
    st.builds(Invalid, st.sampled_from(sorted(DESCRIPTIONS)), st.just({}), st.just("No.")),
    st.builds(Submission, st.just("submit_severity"), st.just("postgres-db"), st.sampled_from(SEVERITIES)),
    st.builds(
        Submission,
        st.just("submit_root_cause"),
        st.sampled_from(["postgres-db", "analytics-service"]),
        st.sampled_from(["unbounded query, oom", "bgp", "oom or bgp"]),
    ),
    st.builds(Submission, st.just("submit_resolution"), st.just(""), st.text(max_size=60)),
)


@given(scenario_id=st.sampled_from(OF), played=st.lists(moves, max_size=20))
def test_books_balance_scores_stay_in_bounds_and_every_prefix_can_be_rebuilt(
    scenario_id: str, played: list[Move]
) -> None:
    world, scenario = TinyWorld(), get(scenario_id)
    episode = start(world, scenario, 5, "an-id")
    results = [run_step(world, episode, move) for move in played]
    assert sum(result.units for result in results) == episode.units
    assert all(sum(units for _, units in result.parts) == result.units for result in results)
    assert len(episode.entries) <= episode.max_steps
    grade = episode.grade()
    assert grade.total is not None
    assert 0 <= grade.total <= 1
    assert sum(part.units for part in grade.breakdown) == grade.units
    again = rebuild(scenario, 5, episode.alert, {**FLAGS, "full_history_export": True}, episode.entries, "an-id")
    assert (again.grade(), again.units, again.done) == (grade, episode.units, episode.done)
    assert state(again)["queried_data"] == state(episode)["queried_data"]
    half = rebuild(scenario, 5, episode.alert, FLAGS, episode.entries[: len(episode.entries) // 2])
    assert half.units == sum(result.units for result in results[: len(episode.entries) // 2])


def test_an_entry_after_the_end_is_not_taken_in() -> None:
    scenario = get("AC-001")
    look = Query("query_logs", "postgres-db")
    entries = [Entry(submission(scenario)), Entry(look, Outcome("x", False))]
    episode = rebuild(scenario, 0, alert_of(scenario), FLAGS, entries)
    assert len(episode.entries) == 1
    assert episode.evidence == {}
