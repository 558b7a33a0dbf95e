"""An evidence laid out: figures as a table with charts, log lines and releases as lists, and as the plain text."""

from collections.abc import Iterable, Sequence

from lab.server.page import edges
from lab.server.page.edges import Edge, edges_of
from lab.server.page.markup import Safe, joined, tag
from lab.server.page.reading import Fact, LogLine, Note, Part, Release, parts_of
from lab.server.page.steps import Step
from lab.server.page.trend import Trends, chart

_BAD_LEVELS = frozenset({"error", "critical", "fatal", "panic"})


def laid_out(step: Step, trends: Trends) -> Safe:
    head, *parts = parts_of(step.evidence) or (Note(""),)
    if isinstance(head, Note):
        said = tag("p", head.says, class_="said")
    else:
        said, parts = Safe(""), [head, *parts]
    shown = _dependencies(step, parts) if step.action_type == edges.KIND else _parts(step, parts, trends)
    return joined(said, shown, _plain(step.evidence) if parts else None)


def table(columns: Sequence[str], rows: Iterable[Safe], label: str) -> Safe:
    """Wide ones scroll inside their own frame, which the keyboard reaches."""
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    inside = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("div", inside, class_="frame", role="region", aria_label=label, tabindex=0)


def row(*cells: object, abnormal: bool = False) -> Safe:
    first, *rest = cells
    return tag(
        "tr",
        tag("th", first, scope="row"),
        *(tag("td", cell) for cell in rest),
        class_="abnormal" if abnormal else None,
    )


def mark(abnormal: bool) -> Safe | None:
    return tag("strong", "abnormal", class_="mark") if abnormal else None


def edge_row(edge: Edge, name: str) -> Safe:
    failed = f"{edge.failed} %" if edge.failed else "-"
    how = joined(*(tag("small", line) for line in (edge.how, *edge.details) if line))
    calls = edge.rate or edge.says
    healthy = tag("small", edge.healthy or "-")
    p95 = edge.p95.replace(" ", "\u00a0") or "-"
    return row(name, calls, joined(failed, " ", mark(edge.sick), how), p95, healthy, abnormal=edge.sick)


EDGE_COLUMNS = ("", "Calls a second", "Failed", "p95", "Healthy")


def _parts(step: Step, parts: Sequence[Part], trends: Trends) -> Safe:
    return joined(*(_group(kind, group, step, trends) for kind, group in _groups(parts)))


def _groups(parts: Sequence[Part]) -> list[tuple[type[Part], list[Part]]]:
    """Neighbours of one kind together."""
    found: list[tuple[type[Part], list[Part]]] = []
    for part in parts:
        if not found or found[-1][0] is not type(part):
            found.append((type(part), []))
        found[-1][1].append(part)
    return found


def _group(kind: type[Part], group: Sequence[Part], step: Step, trends: Trends) -> Safe:
    if kind is Fact:
        return _facts([part for part in group if isinstance(part, Fact)], step, trends)
    if kind is LogLine:
        return tag("ol", *(_log(part) for part in group if isinstance(part, LogLine)), class_="logs")
    if kind is Release:
        return tag("ol", *(_release(part) for part in group if isinstance(part, Release)), class_="releases")
    return joined(*(_note(part) for part in group if isinstance(part, Note)))


def _facts(facts: Sequence[Fact], step: Step, trends: Trends) -> Safe:
    charts = [chart(trends.get((step.action_type, step.target, fact.name), ())) for fact in facts]
    columns = ["Figure", "Now", "Healthy", *(["Since before the incident"] if any(charts) else [])]
    rows = [_fact(fact, drawn, len(columns)) for fact, drawn in zip(facts, charts, strict=True)]
    return table(columns, rows, f"Figures of {step.target}")


def _fact(fact: Fact, drawn: Safe | None, columns: int) -> Safe:
    details = joined(*(tag("small", line) for line in fact.details))
    now = joined(fact.value, " ", mark(fact.abnormal), details)
    cells = [fact.name.replace("_", " "), now, fact.healthy or "-", drawn or ""]
    return row(*cells[:columns], abnormal=fact.abnormal)


def _log(line: LogLine) -> Safe:
    bad = line.level in _BAD_LEVELS
    fields = tag("span", *(tag("code", f"{name} {value}") for name, value in line.fields), class_="fields")
    return tag(
        "li",
        tag(
            "small", f"{line.when} · {line.source}", tag("b", f" {line.level}", class_="level") if line.level else None
        ),
        tag("span", line.says, class_="says"),
        fields if line.fields else None,
        class_="bad" if bad else None,
    )


def _release(release: Release) -> Safe:
    running = tag("b", "running") if release.runs else None
    head = joined(tag("b", release.version), " ", running, " ", tag("small", f"made {release.when}"))
    changes = tag("ul", *(tag("li", tag("code", change)) for change in release.changes)) if release.changes else None
    return tag("li", head, tag("span", release.why, class_="says"), changes)


def _note(note: Note) -> Safe:
    return tag("p", note.says, " ", mark(note.abnormal), class_="note")


def _dependencies(step: Step, parts: Sequence[Part]) -> Safe:
    found = list(edges_of(step.target, step.evidence))
    calls = [edge_row(edge, edge.callee) for edge in found if edge.caller == step.target]
    callers = [edge_row(edge, edge.caller) for edge in found if edge.callee == step.target]
    notes = [part for part in parts if isinstance(part, Note) and not part.says.endswith(":")]
    return joined(
        table((f"{step.target} calls", *EDGE_COLUMNS[1:]), calls, f"Whom {step.target} calls") if calls else None,
        table((f"calls {step.target}", *EDGE_COLUMNS[1:]), callers, f"Who calls {step.target}") if callers else None,
        *(_note(note) for note in notes),
    )


def _plain(evidence: str) -> Safe:
    return tag("details", tag("summary", "The same as plain text, as an agent reads it"), tag("pre", evidence))
