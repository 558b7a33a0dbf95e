"""What was decided is carried out in its order, and what somebody else did meanwhile is left to the next look."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from lab.cluster.process import CommandFailed
from lab.errors import ClusterGone
from lab.live.baseline import acts, database
from lab.live.baseline.acts import Doer
from lab.live.baseline.cluster import ApiRefused, LabCluster
from lab.live.baseline.values import Act, Difference, InDatabase, Object, OnNode, Send, Stage

PATH = "/apis/apps/v1/namespaces/shop/deployments/auth-service"
WARM = "/api/v1/namespaces/shop/services/cdn-edge:http/proxy/ops/warm"


class Noting:
    """An API server that answers everything, or refuses one method with one code."""

    def __init__(self, refuses: str = "", code: int = 0) -> None:
        self.asked: list[tuple[str, str, Object]] = []
        self._refuses, self._code = refuses, code
        self.silent = False

    def create(self, path: str, body: Object) -> None:
        self._answer("POST", path, body)

    def replace(self, path: str, body: Object) -> None:
        self._answer("PUT", path, body)

    def patch(self, path: str, body: Object) -> None:
        self._answer("PATCH", path, body)

    def delete(self, path: str, body: Object) -> None:
        self._answer("DELETE", path, body)

    def _answer(self, method: str, path: str, body: Object) -> None:
        self.asked.append((method, path, body))
        if self.silent:
            raise ClusterGone("No answer.")
        if method == self._refuses:
            raise ApiRefused(f"{method} {path}", self._code, "no")


@pytest.fixture
def several() -> Iterator[ThreadPoolExecutor]:
    # One at a time, so that the order of what is done is told exactly.
    with ThreadPoolExecutor(1) as made:
        yield made


def doer(cluster: Noting, several: ThreadPoolExecutor) -> Doer:
    return Doer(cast(LabCluster, cast(Any, cluster)), several)


def differing(*acts: Act, stage: Stage = Stage.WORKLOADS) -> Difference:
    return Difference("Deployment", "auth-service", "differs", stage, acts)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_request_is_sent_as_it_was_decided(method: str, several: ThreadPoolExecutor) -> None:
    cluster = Noting()
    doer(cluster, several).mend([differing(Send(method, PATH, {"a": 1}))], None)
    assert cluster.asked == [(method, PATH, {"a": 1})]


def test_stages_are_done_in_their_order_whatever_was_found_first(several: ThreadPoolExecutor) -> None:
    cluster = Noting()
    found = [differing(Send("DELETE", f"/{stage.name}"), stage=stage) for stage in reversed(Stage)]
    doer(cluster, several).mend(found, None)
    assert [path for _, path, _ in cluster.asked] == [f"/{stage.name}" for stage in Stage]


@pytest.mark.parametrize("code", [404, 409])
def test_what_somebody_else_did_meanwhile_is_no_failure(code: int, several: ThreadPoolExecutor) -> None:
    cluster = Noting("PATCH", code)
    doer(cluster, several).mend([differing(Send("PATCH", PATH, {}), Send("POST", PATH, {}))], None)
    assert [method for method, _, _ in cluster.asked] == ["PATCH", "POST"]


def test_an_object_that_cannot_be_changed_in_place_is_taken_away_to_be_made_anew(several: ThreadPoolExecutor) -> None:
    cluster = Noting("PUT", 422)
    doer(cluster, several).mend([differing(Send("PUT", PATH, {"a": 1}))], None)
    assert cluster.asked[1:] == [("DELETE", PATH, {"propagationPolicy": "Background"})]


@pytest.mark.parametrize(("method", "code"), [("PUT", 403), ("POST", 422), ("DELETE", 500)])
def test_any_other_refusal_ends_the_healing(method: str, code: int, several: ThreadPoolExecutor) -> None:
    cluster = Noting(method, code)
    with pytest.raises(ApiRefused, match=f"{method} {PATH} was answered with {code}"):
        doer(cluster, several).mend([differing(Send(method, PATH, {}))], None)


@pytest.mark.parametrize("silent", [True, False])
def test_a_service_that_does_not_answer_yet_is_asked_again_at_the_next_look(
    silent: bool, several: ThreadPoolExecutor
) -> None:
    cluster = Noting("POST", 503)
    cluster.silent = silent
    doer(cluster, several).mend([differing(Send("POST", WARM))], None)
    assert cluster.asked == [("POST", WARM, {})]


def test_an_api_server_that_does_not_answer_ends_the_healing(several: ThreadPoolExecutor) -> None:
    cluster = Noting()
    cluster.silent = True
    with pytest.raises(ClusterGone):
        doer(cluster, several).mend([differing(Send("POST", PATH))], None)


def test_programs_run_on_their_node_one_after_another(
    monkeypatch: pytest.MonkeyPatch, several: ThreadPoolExecutor
) -> None:
    ran: list[tuple[str, tuple[str, ...]]] = []
    monkeypatch.setattr(acts, "on_node", lambda node, argv: ran.append((node, argv)))
    doer(Noting(), several).mend([differing(OnNode("node-2", (("first",), ("second", "word"))))], None)
    assert ran == [("node-2", ("first",)), ("node-2", ("second", "word"))]


def test_a_program_that_fails_is_left_to_the_next_look(
    monkeypatch: pytest.MonkeyPatch, several: ThreadPoolExecutor
) -> None:
    def fails(*_: object) -> None:
        raise CommandFailed(["iptables"], 1, "no such rule")

    cluster = Noting()
    monkeypatch.setattr(acts, "on_node", fails)
    doer(cluster, several).mend([differing(OnNode("node-2", (("iptables",),)), Send("POST", PATH))], None)
    assert cluster.asked == [("POST", PATH, {})]


def test_sql_is_run_where_there_is_a_database_and_kept_for_later_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, several: ThreadPoolExecutor
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(database, "run_sql", lambda *words: ran.append(words))
    found = [differing(InDatabase("shop", ("select 1", "select 2")), stage=Stage.DATABASE)]
    doer(Noting(), several).mend(found, None)
    assert not ran
    doer(Noting(), several).mend(found, "postgres-1")
    assert ran == [("postgres-1", "shop", "select 1;\nselect 2;\n")]
