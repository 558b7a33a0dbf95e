"""What stands on the page of a running episode: alert, last answer, all evidence, map, timeline, runbook, score."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.scenarios import TASKS
from lab.server.page import depmap, edges
from lab.server.page.edges import known_edges
from lab.server.page.evidence import EDGE_COLUMNS, edge_row, laid_out, row, table
from lab.server.page.markup import Safe, joined, tag
from lab.server.page.steps import Step
from lab.server.page.timeline import bars
from lab.server.page.trend import trends_of

Json = Mapping[str, Any]
TABS = {
    "answer": "Answer",
    "evidence": "Evidence",
    "map": "Map",
    "history": "Timeline",
    "reference": "Runbook",
    "score": "Score",
}


def panels(seen: Json, steps: Sequence[Step], grade: Json, truth: Json | None) -> Safe:
    """All of them in one region: what is one to the toolkit is drawn once. `data-tab` says which is to be shown."""
    contents = {
        "answer": answer(steps),
        "evidence": evidence(steps),
        "map": dependencies(steps),
        "history": history(steps, seen["max_steps"]),
        "reference": reference(seen),
        "score": score(grade, truth),
    }
    first = "score" if seen["done"] else "answer"
    shown = (
        tag("section", contents[name], id=name, role="tabpanel", aria_labelledby=f"tab-{name}", hidden=name != first)
        for name in TABS
    )
    return tag("div", *shown, data_tab=first)


_FIRST_STEPS = joined(
    tag("h3", "How to begin"),
    tag(
        "ol",
        tag("li", "Read the alert: who is hurt, and by how much."),
        tag("li", "Choose a service and look: each answer stands here, all of them under Evidence."),
        tag("li", "Dependencies that you look at are drawn under Map; the runbook and the flags stand under Runbook."),
        tag("li", "When you know enough, submit; that ends the episode, and the score comes with its reasons."),
    ),
)


def tabs() -> Safe:
    """One of the regions at a time; the arrow keys go from one to the next."""
    buttons = (
        tag("button", title, type="button", role="tab", id=f"tab-{name}", aria_controls=name, aria_selected="false")
        for name, title in TABS.items()
    )
    return tag("div", *buttons, role="tablist", aria_label="What you know")


def ways() -> Safe:
    """On a phone one part is in sight at a time, and these go to it."""
    parts = {"alert": "Alert", "desk": "Act", "right": "Answer"}
    buttons = (tag("button", title, type="button", data_go=name) for name, title in parts.items())
    return tag("nav", *buttons, aria_label="Parts of the page")


def alert(seen: Json) -> Safe:
    fired = seen["alert"]
    task = TASKS[seen["task_id"]]
    figures = (
        ("Severity", fired["severity_fired"]),
        ("Error rate", f"{fired['error_rate']:.0%}"),
        ("Since", _lasted(fired["duration_minutes"])),
        ("Revenue lost", f"${fired['revenue_impact_per_min']:,.0f} a minute"),
    )
    return joined(
        tag("p", f"{seen['scenario_id']} · {task.name}", class_="eyebrow"),
        tag("h2", fired["title"], id="alert-title", tabindex=-1),
        tag("p", seen["incident_summary"]),
        tag("ul", *(tag("li", symptom) for symptom in fired["symptoms"]), class_="symptoms"),
        tag("p", tag("b", "Hurt: "), ", ".join(fired["affected_services"])),
        tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in figures), class_="figures"),
        tag("p", tag("b", "Your task: "), task.description, class_="task"),
    )


def _lasted(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 2 else f"{minutes * 60:.0f} s"


def answer(steps: Sequence[Step]) -> Safe:
    if not steps:
        return _FIRST_STEPS
    last = steps[-1]
    shown = laid_out(last, trends_of(steps)) if last.evidence else None
    return joined(tag("h3", f"Step {last.number}: {last.label}"), _refusal(last), shown)


def evidence(steps: Sequence[Step]) -> Safe:
    """The latest of each look and remedy, newest first."""
    latest = {(step.action_type, step.target): step for step in steps if step.evidence}
    if not latest:
        return tag("p", "All that you looked at will stand here.", class_="empty")
    trends = trends_of(steps)
    newest = sorted(latest.values(), key=lambda step: -step.number)
    return joined(
        *(
            tag("details", tag("summary", f"Step {step.number}: {step.label}"), laid_out(step, trends))
            for step in newest
        )
    )


def dependencies(steps: Sequence[Step]) -> Safe:
    looks = {step.target: step.evidence for step in steps if step.action_type == edges.KIND and step.evidence}
    found = known_edges(looks)
    if not found:
        return tag("p", "Each look at a service's dependencies adds its edges to the map.", class_="empty")
    rows = [edge_row(edge, f"{edge.caller} → {edge.callee}") for edge in found]
    sick = sum(edge.sick for edge in found)
    return joined(
        tag("p", f"{len(found)} edges, {sick} of them sick (dashed). Services with a bold frame were looked at."),
        tag("div", depmap.picture(found, looks), class_="frame", role="region", aria_label="Map", tabindex=0),
        tag("details", tag("summary", "The same as a table"), table(("Edge", *EDGE_COLUMNS[1:]), rows, "Edges")),
    )


def history(steps: Sequence[Step], max_steps: int) -> Safe:
    if not steps:
        return tag("p", "Your steps and what each earned will stand here.", class_="empty")
    rows = [
        row(
            step.number,
            step.label,
            f"{step.reward:+.2f}",
            f"{step.cumulative:+.2f}",
            step.why,
            abnormal=step.reward < 0,
        )
        for step in steps
    ]
    columns = ("Step", "What you did", "Earned", "In all", "Why")
    return joined(bars(steps, max_steps), table(columns, rows, "Steps and rewards"))


def score(grade: Json, truth: Json | None) -> Safe:
    if grade["verdict"] == "running":
        return tag("p", "The score comes with the end of the episode.", class_="empty")
    total = grade["total"]
    head = f"{total:.2f}" if total is not None else "no score"
    rows = [
        row(name.replace("_", " "), f"{part['points']:+.2f}", part["reason"])
        for name, part in grade["breakdown"].items()
    ]
    return joined(
        tag("h3", "Score ", tag("span", head, class_="total"), f" in {grade['steps_used']} steps", id="score-title"),
        tag("p", grade["feedback"]),
        table(("Part", "Points", "Why"), rows, "The score's parts") if rows else None,
        _truth(truth) if truth else None,
        tag("p", tag("button", "Choose another incident", type="button", data_leave=True, class_="again")),
    )


def _truth(truth: Json) -> Safe:
    return joined(
        tag("h3", "What really happened"),
        tag("p", tag("b", truth["culprit"]), f" was at fault (severity {truth['severity']}). {truth['change']}"),
        tag("p", f"What went wrong: {', '.join(truth['failure_mode'])}."),
        tag("p", "What names it:"),
        tag("ul", *(tag("li", line) for line in truth["evidence"])),
        tag("p", "The repair:"),
        tag("ol", *(tag("li", line) for line in truth["repair"])),
    )


def _refusal(step: Step) -> Safe | None:
    return tag("p", step.error, class_="problem") if step.error else None


def reference(seen: Json) -> Safe:
    """The runbook and the flags, as they stand now."""
    flags = [row(name, "on" if on else "off") for name, on in seen["feature_flags"].items()]
    steps = [row(name, says) for name, says in seen["runbook"].items()]
    return joined(
        table(("Runbook step", "What it does"), steps, "Runbook"),
        table(("Feature flag", "State"), flags, "Feature flags"),
    )
