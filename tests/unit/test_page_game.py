"""What a visitor does, and what changes on the page."""

import threading
import time
from collections.abc import Iterator

import pytest

from lab.errors import LabFault
from lab.scenarios import Scenario, get
from lab.server.page.game import Game, Screen, Seat
from lab.server.sessions import Sessions
from lab.world import Alert
from tests.unit.page_kit import PageWorld
from tests.unit.server_kit import TinySource, sessions_over

LOOK = {"action_type": "query_logs", "parameters": {"service": "postgres-db"}}
ANSWER = {
    "action_type": "submit_root_cause",
    "parameters": {"service": "analytics-service", "failure_mode": "unbounded query, out of memory"},
}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    found = sessions_over(TinySource(PageWorld))
    yield found
    found.close()


@pytest.fixture
def game(sessions: Sessions) -> Game:
    return Game(sessions)


def begun(game: Game, **wish: object) -> Seat:
    *_, screen = game.begin({"scenario_id": "RCA-001", **wish})
    assert screen.seat is not None
    return screen.seat


def status(screen: Screen) -> str:
    return str(screen.regions["status"])


def test_who_comes_without_an_episode_stands_in_the_lobby(game: Game) -> None:
    assert game.arrive("") == Screen()
    screen = game.leave()
    assert (screen.seat, screen.in_room) == (Seat(), False)
    assert "RCA-001" in screen.regions["lobby"]


def test_who_comes_with_an_episode_in_the_address_sits_in_it_again(game: Game) -> None:
    seat = begun(game)
    game.act(seat, LOOK)
    screen = game.arrive(seat.episode_id)
    assert (screen.seat, screen.in_room) == (Seat(seat.episode_id, 1, False), True)
    assert "Step 1 of 10" in status(screen)


def test_an_episode_that_is_no_more_is_told_in_the_lobby(game: Game) -> None:
    screen = game.arrive("nobody")
    assert screen.in_room is False
    assert "There is no episode" in status(screen)


def test_a_visitors_episode_is_its_own_and_never_the_last_reset(game: Game, sessions: Sessions) -> None:
    of_the_api = sessions.reset(get("AC-001"), 0)
    one, other = begun(game), begun(game)
    game.act(one, LOOK)
    assert sessions.find().id == of_the_api.id
    assert [len(sessions.find(seat.episode_id).episode.entries) for seat in (one, other)] == [1, 0]


def test_a_step_changes_the_answer_and_leaves_the_desk(game: Game) -> None:
    screen = game.act(begun(game), LOOK)
    assert screen.seat is not None
    assert screen.seat.steps == 1
    assert "analytics export query" in screen.regions["views"]
    assert not {"desk", "alert", "lobby"} & screen.regions.keys()
    assert screen.in_room is None


def test_the_last_step_shows_the_score(game: Game) -> None:
    seat = begun(game)
    game.act(seat, LOOK)
    screen = game.act(seat, ANSWER)
    assert screen.seat is not None
    assert screen.seat.done
    assert 'data-tab="score"' in screen.regions["views"]
    assert "What really happened" in screen.regions["views"]


def test_before_the_end_no_region_tells_the_answer(game: Game) -> None:
    *_, first = game.begin({"scenario_id": "RCA-002"})
    assert first.seat is not None
    second = game.act(first.seat, {"action_type": "check_metrics", "parameters": {"service": "order-service"}})
    told = "".join([*first.regions.values(), *second.regions.values()])
    fault = get("RCA-002").fault
    assert "tidy the export filter" not in told
    assert not [
        word for word in (fault.injector, fault.version, "What really happened", "culprit") if word and word in told
    ]


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ({}, "action_type must be"),
        ({"action_type": 7}, "action_type must be"),
        ({"action_type": "query_logs", "parameters": []}, "parameters must be"),
    ],
)
def test_what_is_no_action_is_told_and_costs_nothing(game: Game, action: dict[str, object], says: str) -> None:
    seat = begun(game)
    assert says in status(game.act(seat, action))
    assert game.watch(seat) == Screen()


@pytest.mark.parametrize("seat", [Seat(), Seat("nobody", 0, False)])
def test_without_an_episode_nothing_is_done(game: Game, seat: Seat) -> None:
    assert "There is no episode" in status(game.act(seat, LOOK))


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"scenario_id": "RCA-009"}, "RCA-001"),
        ({"scenario_id": ["x"]}, "scenario_id"),
        ({"task_id": "nothing", "blind": True}, "alert_classification"),
    ],
)
def test_a_wrong_wish_is_told(game: Game, wish: dict[str, object], says: str) -> None:
    (screen,) = game.begin(wish)
    assert says in status(screen)
    assert screen.seat is None


def test_a_visitor_cannot_name_an_episode_and_so_take_anothers_place(game: Game, sessions: Sessions) -> None:
    seat = begun(game)
    assert begun(game, episode_id=seat.episode_id).episode_id != seat.episode_id
    assert sessions.find(seat.episode_id).episode.scenario.id == "RCA-001"


def test_a_surprise_hides_its_name_until_the_end(game: Game) -> None:
    *_, screen = game.begin({"task_id": "root_cause_analysis", "blind": True})
    assert screen.seat is not None
    assert "blind-" in screen.regions["alert"]
    assert "RCA-00" not in "".join(screen.regions.values())


class Slow(PageWorld):
    """Stands at its stage until it is let go."""

    stage = "waiting for the alert"
    go = threading.Event()

    def begin(self, scenario: Scenario, seed: int) -> Alert:
        assert self.go.wait(10)
        return super().begin(scenario, seed)


@pytest.fixture
def one_cluster() -> Iterator[Sessions]:
    Slow.go.clear()
    found = sessions_over(TinySource(Slow, exclusive=True))
    yield found
    Slow.go.set()
    found.close()


def test_a_reset_of_the_one_cluster_shows_how_far_it_is(one_cluster: Sessions) -> None:
    screens = Game(one_cluster).begin({"scenario_id": "RCA-001"})
    assert "waiting for the alert" in status(next(screens))
    Slow.go.set()
    assert list(screens)[-1].in_room is True


def test_who_comes_while_it_is_made_ready_is_told_to_wait(one_cluster: Sessions) -> None:
    first = Game(one_cluster).begin({"scenario_id": "RCA-001"})
    next(first)
    *_, screen = Game(one_cluster).begin({"scenario_id": "RCA-002"})
    assert "being made ready" in status(screen)
    assert screen.in_room is None
    Slow.go.set()
    assert list(first)[-1].in_room is True


@pytest.mark.parametrize("by_page", [True, False])
def test_whose_episode_another_ended_is_told_who_it_was(one_cluster: Sessions, by_page: bool) -> None:
    Slow.go.set()
    game = Game(one_cluster)
    seat = begun(game)
    assert game.watch(seat) == Screen()
    if by_page:
        begun(game)
    else:
        one_cluster.reset(get("AC-001"), 0)
    screen = game.watch(seat)
    who = "a visitor of the web page" if by_page else "a client of the API"
    assert f"{who} began another episode" in status(screen)
    assert screen.seat == Seat(seat.episode_id, 0, True)
    assert game.watch(screen.seat) == Screen()


def test_to_watch_keeps_no_episode() -> None:
    source = TinySource(PageWorld, exclusive=True)
    now = [0.0]
    sessions = Sessions(source, idle_seconds=60, clock=lambda: now[0])
    game = Game(sessions)
    seat = begun(game)
    now[0] = 50
    game.watch(seat)
    now[0] = 70
    sessions.drop_idle()
    assert sessions.peek(seat.episode_id) is None
    sessions.close()


def test_a_reset_that_fails_is_told() -> None:
    source = TinySource(lambda: PageWorld(breaks_on=["begin"]))
    (screen,) = Game(sessions_over(source)).begin({"scenario_id": "RCA-001"})
    assert "The reset failed" in status(screen)


def test_a_lab_that_breaks_in_a_step_ends_the_episode_without_a_score() -> None:
    class Breaking(PageWorld):
        def look(self, query: object) -> object:  # type: ignore[override]
            raise LabFault("Prometheus is silent")

    game = Game(sessions_over(TinySource(Breaking)))  # type: ignore[arg-type]
    screen = game.act(begun(game), LOOK)
    assert "Prometheus is silent" in status(screen)
    assert "no score" in screen.regions["views"]


def test_many_visitors_at_once_do_not_meet(game: Game, sessions: Sessions) -> None:
    seats = [begun(game) for _ in range(8)]

    def play(seat: Seat, looks: int) -> None:
        for _ in range(looks):
            game.act(seat, LOOK)

    threads = [threading.Thread(target=play, args=(seat, looks)) for looks, seat in enumerate(seats)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(sessions.find(seat.episode_id).episode.entries) for seat in seats] == list(range(8))


def test_a_screen_is_made_in_a_blink(game: Game) -> None:
    """Twenty visitors share two cores with their browsers; a screen may cost a few milliseconds, not more."""
    seat = begun(game)
    for kind in ("query_logs", "check_metrics", "check_dependencies", "check_recent_deploys"):
        game.act(seat, {"action_type": kind, "parameters": {"service": "postgres-db"}})
    since = time.process_time()
    game.act(seat, {"action_type": "check_metrics", "parameters": {"service": "api-gateway"}})
    assert time.process_time() - since < 0.1
