"""The report as one HTML file. Every text that came from outside is escaped here, at the moment it is put in."""

from collections.abc import Iterable, Sequence
from typing import Any

from lab.plain import as_html
from lab.report.chart import timeline
from lab.report.figures import plural, points, score, seconds
from lab.report.style import CSS, POLICY
from lab.report.trajectory import Hint, StepTaken, Trajectory

_MARK = "[ABNORMAL]"


def page(trajectory: Trajectory) -> str:
    seen = trajectory.opening.observation
    title = f"{seen['scenario_id']}: {seen['alert']['title']}"
    body = "\n".join(
        [
            _head(trajectory, title),
            _section("The page", _alert(seen)),
            _section("Timeline", timeline(trajectory) + _rewards(trajectory)),
            _section("What was done and seen", "".join(map(_event, trajectory.events))),
            _section("Score and reasons", _score(trajectory)),
            _section("What really happened", _truth(trajectory)),
        ]
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{as_html(title)}</title>\n'
        f"<style>{CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _head(trajectory: Trajectory, title: str) -> str:
    opening, seen = trajectory.opening, trajectory.opening.observation
    facts = [
        f"task {seen['task_id']}",
        f"{opening.world} world",
        f"played by {opening.player}",
        f"begun {opening.started}",
        f"episode {seen['episode_id']}",
    ]
    return f'<h1>{as_html(title)}</h1>\n<p class="soft">{as_html(" · ".join(facts))}</p>\n{_verdict(trajectory)}'


def _verdict(trajectory: Trajectory) -> str:
    grade, total = trajectory.ending.grade if trajectory.ending else {}, trajectory.score
    shown = score(total) if total is not None else _without_score(grade)
    hints = f", {plural(len(trajectory.hints), 'hint')} asked for" if trajectory.hints else ""
    steps = plural(len(trajectory.steps), "step")
    return f'<p><span class="score">{shown}</span> <span class="soft">in {steps}{hints}</span></p>'


def _without_score(grade: dict[str, Any]) -> str:
    return "void" if grade.get("verdict") == "void" else "no score, left before the end"


def _alert(seen: dict[str, Any]) -> str:
    alert = seen["alert"]
    hurt = ", ".join(alert["affected_services"])
    title = f"<b>{as_html(alert['title'])}</b> ({as_html(alert['severity_fired'])})"
    head = f"<p>{title} {as_html(seen['incident_summary'])}</p>"
    return f'<div class="card">{head}{_items(alert["symptoms"])}<p class="soft">Hurt: {as_html(hurt)}</p></div>'


def _rewards(trajectory: Trajectory) -> str:
    rows = [
        [seconds(step.at), str(step.number), _action(step), points(step.reward), points(step.cumulative)]
        for step in trajectory.steps
    ]
    return _table(["after", "step", "action", "reward", "in all"], rows)


def _event(event: StepTaken | Hint) -> str:
    if isinstance(event, Hint):
        return f'<p class="card soft">Hint after {seconds(event.at)}: {as_html(event.says)}</p>'
    tone = "bad" if event.reward < 0 else "good"
    head = f'{event.number}. {as_html(_action(event))} <span class="{tone}">{points(event.reward)}</span>'
    why = f'<p class="soft">Why: {as_html(event.why)}</p>' if event.why else ""
    error = f'<p class="bad">{as_html(event.error)}</p>' if event.error else ""
    return (
        f"<details{' open' if event.reward < 0 else ''}><summary>{head}</summary>{why}"
        f"<p>{as_html(event.feedback)}</p>{error}{_written(event)}{_evidence(event.evidence)}</details>"
    )


def _action(step: StepTaken) -> str:
    told = " ".join(_shortened(str(value)) for value in step.action["parameters"].values())
    return f"{step.action['action_type']} {told}"


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}..."


def _written(step: StepTaken) -> str:
    """A submission's own text, in full."""
    long = [str(value) for value in step.action["parameters"].values() if len(str(value)) > 80]
    return "".join(f'<blockquote class="card">{as_html(text)}</blockquote>' for text in long)


def _evidence(text: str) -> str:
    lines = (f"<mark>{as_html(line)}</mark>" if line.endswith(_MARK) else as_html(line) for line in text.splitlines())
    return f"<pre>{'<br>'.join(lines)}</pre>" if text else ""


def _score(trajectory: Trajectory) -> str:
    if trajectory.ending is None:
        return "<p>The episode was not brought to its end.</p>"
    grade = trajectory.ending.grade
    rows = [[name, points(part["points"]), part["reason"]] for name, part in grade["breakdown"].items()]
    return f"<p>{as_html(grade['feedback'])}</p>" + _table(["part", "points", "reason"], rows)


def _truth(trajectory: Trajectory) -> str:
    if trajectory.ending is None:
        return "<p>Told only after the end.</p>"
    truth = trajectory.ending.truth
    return (
        f"<p>At fault: <b>{as_html(truth['culprit'])}</b>, severity {as_html(truth['severity'])}. "
        f"{as_html(truth['change'])}</p>"
        f"<p>What went wrong: {as_html(', '.join(truth['failure_mode']))}.</p>"
        f"<p>Evidence that names it:</p>{_items(truth['evidence'])}<p>The repair:</p>{_items(truth['repair'])}"
        f"<p>Released at the same time, and innocent:</p>{_items(truth['innocent_releases'])}"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{as_html(title)}</h2>\n{content}</section>"


def _items(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{as_html(text)}</li>' for text in texts)}</ul>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{as_html(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{as_html(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
