"""Evidence text into parts; what is of no known form stays a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.actions import QUERY_KINDS, Query
from lab.scenarios import get
from lab.server.page.edges import Edge, known_edges
from lab.server.page.reading import Fact, LogLine, Note, Release, amount, parts_of
from tests.unit.page_kit import PageWorld


def seen(kind: str, service: str) -> str:
    world = PageWorld()
    world.begin(get("RCA-001"), 0)
    return world.look(Query(kind, service)).text  # type: ignore[arg-type]


def everything_in(text: str) -> str:
    """All that the parts say, as one text."""
    said: list[str] = []
    for part in parts_of(text):
        match part:
            case Fact():
                said += [part.name, part.value, part.healthy, *part.details]
            case LogLine():
                said += [part.when, part.source, part.level, part.says, *(value for _, value in part.fields)]
            case Release():
                said += [part.number, part.version, part.when, part.why, *part.changes]
            case Note():
                said.append(part.says)
    return "\n".join(said)


def test_a_fact_has_its_healthy_value_and_its_mark() -> None:
    text = "error_rate: 78 % (healthy: 0 %) [ABNORMAL]\nbreaker_open peer=postgres-db: no (healthy: no)"
    assert parts_of(text) == (
        Fact("error_rate", "78 %", "0 %", True),
        Fact("breaker_open peer=postgres-db", "no", "no"),
    )


def test_indented_lines_belong_to_the_fact_above() -> None:
    text = "pod a-1: Running, not ready, az-2, 3 min old [ABNORMAL]\n  a waits: CrashLoopBackOff [ABNORMAL]"
    (pod,) = parts_of(text)
    assert pod == Fact("pod a-1", "Running, not ready, az-2, 3 min old", "", True, ("a waits: CrashLoopBackOff",))


def test_a_log_line_of_json_is_taken_apart() -> None:
    line = '- 3 times, from 5 s to 9 s after the alert [az-1 x] {"level": "error", "event": "no", "peer": "b", "n": 2}'
    assert parts_of(line) == (
        LogLine("3 times, from 5 s to 9 s after the alert", "az-1 x", "error", "no", (("peer", "b"), ("n", "2"))),
    )


@pytest.mark.parametrize(
    "says", ["FATAL:  too many connections", "plain words", '{"not": json', '["a list"]', "[" * 9_000]
)
def test_a_log_line_of_anything_else_is_kept_as_it_is(says: str) -> None:
    (line,) = parts_of(f"- 5 s after the alert [az-1 x] {says}")
    assert isinstance(line, LogLine)
    assert line.says == says
    assert line.level == ("fatal" if says.startswith("FATAL") else "")


def test_releases_have_their_changes() -> None:
    first, second, *releases = parts_of(seen("check_recent_deploys", "api-gateway"))[1:]
    assert (type(first), type(second)) == (Fact, Fact)
    assert [(one.version, one.runs) for one in releases if isinstance(one, Release)] == [
        ("v2.14.2", True),
        ("v2.14.1", False),
    ]
    assert isinstance(releases[0], Release)
    assert "TRACING_HEADERS: (not set) -> w3c" in releases[0].changes


@pytest.mark.parametrize("kind", QUERY_KINDS)
def test_of_a_real_evidence_every_line_is_somewhere(kind: str) -> None:
    text = seen(kind, "api-gateway")
    said = everything_in(text)
    words = {word for word in text.replace(" [ABNORMAL]", "").split() if word.isalpha()}
    structural = {"healthy", "made", "revision", "running", "running,"}
    assert {word for word in words if word not in said} <= structural


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)))
def test_no_line_is_lost_and_nothing_breaks(lines: list[str]) -> None:
    parts = parts_of("\n".join(lines))
    details = sum(len(part.details) for part in parts if isinstance(part, Fact))
    details += sum(len(part.changes) for part in parts if isinstance(part, Release))
    assert len(parts) + details == sum(bool(line.strip()) for line in lines)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("78 %", (78.0, "%")),
        ("450 ms", (0.45, "s")),
        ("1.2 s", (1.2, "s")),
        ("$12,000 a minute", (12_000.0, "a minute")),
        ("5.0 a second", (5.0, "a second")),
        ("0.12 cores", (0.12, "cores")),
        ("7", (7.0, "")),
        ("yes", None),
        ("not measured now", None),
        ("5 of 6", None),
        ("", None),
    ],
)
def test_amounts(value: str, read: tuple[float, str] | None) -> None:
    assert amount(value) == (pytest.approx(read[0]), read[1]) if read else amount(value) is None


def test_edges_are_read_from_both_sides_and_the_later_look_counts() -> None:
    gateway, postgres = seen("check_dependencies", "api-gateway"), seen("check_dependencies", "postgres-db")
    found = {
        (edge.caller, edge.callee): edge for edge in known_edges({"api-gateway": gateway, "postgres-db": postgres})
    }
    assert found["api-gateway", "auth-service"] == Edge(
        "api-gateway",
        "auth-service",
        "5.0 a second, 76 % failed (timeout 76 %), p95 1.0 s",
        "5.0 a second, 0 % failed",
        True,
        "5.0",
        "76",
        "timeout 76 %",
        "1.0 s",
    )
    assert found["auth-service", "postgres-db"].sick
    assert not found["api-gateway", "product-service"].sick
    later = gateway.replace("76 % failed (timeout 76 %)", "0 % failed").replace(" [ABNORMAL]", "")
    (edge, *_) = known_edges({"api-gateway": gateway} | {"api-gateway": later})
    assert (edge.failed, edge.sick) == ("0", False)


def test_an_edge_without_calls() -> None:
    (edge,) = known_edges(
        {"a": "Dependencies\ncalls_to b: declared, no calls now (healthy: 2.0 a second, 0 % failed) [ABNORMAL]"}
    )
    assert (edge.says, edge.rate, edge.sick) == ("declared, no calls now", "", True)


def test_an_edge_keeps_what_was_told_of_its_zones() -> None:
    text = "Head\ncalls_to b: 2.0 a second, 66 % failed [ABNORMAL]\n"
    text += "  by the caller's zone: az-1 0 % failed, az-2 99 % failed"
    (edge,) = known_edges({"a": text})
    assert edge.details == ("by the caller's zone: az-1 0 % failed, az-2 99 % failed",)
