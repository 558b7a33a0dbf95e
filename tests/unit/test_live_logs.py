import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import ClusterGone, Unknown
from lab.live.connection import Kube, KubeRefused
from lab.live.inventory import Inventory
from lab.live.loglines import ERROR, INFO, WARNING, Entry, folded, moment_of, most_telling, parse
from lab.live.logs import query_logs, told
from lab.live.report import LIMIT
from lab.world import Evidence
from tests.unit.live_fakes import ALERTED, FakeKube, deployment, incident, pod


def stamp(offset: float) -> str:
    return datetime.fromtimestamp(ALERTED + offset, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"


def line(offset: float, text: str) -> str:
    return f"{stamp(offset)} {text}\n"


def record(level: str, event: str, **facts: Any) -> str:
    return json.dumps({"time": "2026-01-01T00:00:00Z", "level": level, "event": event, **facts})


def look(kube: FakeKube, service: str = "shop-service", **facts: Any) -> Evidence:
    seen = cast(Kube, kube)
    with ThreadPoolExecutor(2) as pool:
        return query_logs(seen, Inventory(seen), pool, service, incident(**facts))


def one_pod(log: str, **more: Any) -> FakeKube:
    kube = FakeKube(deployment("shop-service"))
    kube.pods = [pod("shop-service", "shop-service-abc-xyz12", **more)]
    kube.logs = {("shop-service-abc-xyz12", "shop-service", False): log}
    return kube


def test_a_line_is_shown_as_it_was_written_with_its_time_from_the_alert() -> None:
    text = look(one_pod(line(-12, "ERROR:  something broke (id 7)"))).text
    assert "- 12 s before the alert [az-2 xyz12] ERROR:  something broke (id 7)" in text


def test_lines_that_say_the_same_are_folded_and_the_last_is_kept() -> None:
    log = "".join(line(second, f"could not reach 10.0.0.{second}: failed") for second in (1, 2, 3))
    text = look(one_pod(log)).text
    assert (
        "- 3 times, from 1 s after the alert to 3 s after the alert [az-2 xyz12] could not reach 10.0.0.3: failed"
        in text
    )
    assert "10.0.0.1" not in text


def test_pods_are_merged_by_time() -> None:
    kube = FakeKube(deployment("shop-service", 2))
    kube.pods = [pod("shop-service", "shop-service-a", "node-1"), pod("shop-service", "shop-service-b", "node-3")]
    kube.logs = {
        ("shop-service-a", "shop-service", False): line(2, "second"),
        ("shop-service-b", "shop-service", False): line(1, "first"),
    }
    text = look(kube).text
    assert text.index("[az-3 b] first") < text.index("[az-1 a] second")


def test_an_ended_container_is_read_too_and_said_to_be_one() -> None:
    kube = one_pod(line(5, "starting"))
    kube.pods[0]["status"]["containerStatuses"][0]["restartCount"] = 2
    kube.logs["shop-service-abc-xyz12", "shop-service", True] = line(-3, "FATAL: it ends here")
    assert "[az-2 xyz12 (ended container)] FATAL: it ends here" in look(kube).text


def test_a_companion_is_named() -> None:
    kube = one_pod("")
    kube.pods[0]["status"]["containerStatuses"].append({"name": "exporter", "restartCount": 0})
    kube.logs["shop-service-abc-xyz12", "exporter", False] = line(0, "measuring")
    assert "[az-2 xyz12 exporter] measuring" in look(kube).text


def test_only_what_was_written_since_the_incident_began_is_asked_for() -> None:
    kube = one_pod("")
    look(kube)
    asked = next(query for _, path, query in kube.asked if path.endswith("/log"))
    assert asked["sinceTime"] == "1970-01-12T13:46:10Z"
    assert asked["timestamps"] == "true"


def test_a_log_that_is_not_there_is_no_failure_but_a_cluster_that_is_gone_is() -> None:
    kube = one_pod("")
    kube.logs["shop-service-abc-xyz12", "shop-service", False] = KubeRefused(400, "container is waiting to start")
    assert "0 lines" in look(kube).text
    kube.logs["shop-service-abc-xyz12", "shop-service", False] = ClusterGone("no answer")
    with pytest.raises(ClusterGone):
        look(kube)


def test_a_service_without_pods_says_so() -> None:
    kube = FakeKube(deployment("shop-service"))
    assert look(kube).text.startswith("Logs of shop-service: there is no pod to read from.")


def test_a_name_that_is_no_service_goes_no_further() -> None:
    kube = one_pod("")
    with pytest.raises(Unknown, match="shop-service"):
        look(kube, "x,app!=y")
    assert not [path for _, path, _ in kube.asked if "pods" in path]


def test_a_flood_stays_below_the_limit_and_errors_are_kept() -> None:
    noise = "".join(line(n, f"word{chr(97 + n % 26)}{chr(97 + n // 26)} " + "y" * 200) for n in range(200))
    text = look(one_pod(noise + line(300, "PANIC: the one that matters"))).text
    assert len(text.encode()) <= LIMIT
    assert "PANIC: the one that matters" in text
    assert "more kinds of lines, less telling, left out)" in text


def test_one_endless_line_is_cut_and_said_to_be() -> None:
    text = look(one_pod(line(0, "ERROR " + "z" * 10_000))).text
    assert "... (line cut)" in text
    assert len(text.encode()) <= LIMIT


def test_errors_are_counted_and_marked() -> None:
    found = look(one_pod(line(0, record("error", "x")) + line(1, record("info", "request", code=503))))
    assert "error_lines: 2 [ABNORMAL]" in found.text
    assert found.abnormal == ("error_lines",)
    assert "error_lines: 0\n" in look(one_pod(line(0, record("info", "started")))).text


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        (record("error", "x"), ERROR),
        (record("warning", "x"), WARNING),
        (record("info", "request", code=504), ERROR),
        (record("info", "request", code=200), INFO),
        (record("info", "prefix withdrawn by az-1"), WARNING),
        (record("info", "listening"), INFO),
        ("LOG:  server process (PID 58) was terminated by signal 9: Killed", ERROR),
        ("DETAIL:  Failed process was running: select 1", WARNING),
        ("FATAL:  sorry, too many clients already", ERROR),
        ("LOG:  database system is ready to accept connections", INFO),
        ('{"level": "error"', INFO),
        ("[1, 2]", INFO),
    ],
)
def test_how_bad_a_line_is(text: str, rank: int) -> None:
    assert folded([Entry(0, "", text)])[0].rank == rank


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("user 17 failed", "user 4 failed", True),
        (record("info", "x", request_id="a", seconds=0.2), record("info", "x", request_id="b", seconds=1.7), True),
        (record("info", "x", generation=1), record("info", "x", generation=2), False),
        (record("info", "x", code=200), record("info", "x", code=503), False),
        (record("info", "x", version="v3.2.0"), record("info", "x", version="v3.2.1"), False),
        ("id 0f0f0f0f-1111-2222-3333-444444444444", "id 1f0f0f0f-1111-2222-3333-444444444444", True),
        ("pool is full", "pool is empty", False),
    ],
)
def test_which_lines_say_the_same(one: str, other: str, alike: bool) -> None:
    assert (len(folded([Entry(0, "", one), Entry(1, "", other)])) == 1) is alike


def test_the_worst_come_first_and_of_equals_the_earliest() -> None:
    entries = [Entry(n, "", text) for n, text in enumerate(["all well", "FATAL: b", "a refused", "FATAL: a"])]
    assert [fold.last.text for fold in most_telling(folded(entries))] == [
        "FATAL: b",
        "FATAL: a",
        "a refused",
        "all well",
    ]


def test_a_line_without_a_time_is_left_out() -> None:
    assert [entry.text for entry in parse("no time here\n\n" + line(0, "text"), "")] == ["text"]


def test_the_kubelet_writes_nanoseconds() -> None:
    assert moment_of("1970-01-12T13:46:40.123456789Z") == pytest.approx(1_000_000.123456)
    assert moment_of("yesterday") is None


@given(st.text())
def test_whatever_is_written_can_be_told(text: str) -> None:
    found = told("shop-service", parse(line(0, text), "az-1"), incident(), 1)
    assert len(found.text.encode()) <= LIMIT
