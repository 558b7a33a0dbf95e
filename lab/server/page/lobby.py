"""Around an episode: the page's head, the list of incidents to choose from, and the line that says how things stand."""

from collections.abc import Mapping
from typing import Any

from lab import scenarios
from lab.scenarios import TASKS, Task
from lab.server.page.markup import Safe, joined, tag
from lab.server.version import VERSION

Json = Mapping[str, Any]
_WELCOME = (
    "You are on call. You get the page, look around, and say or do what the task asks. "
    "Each step earns or costs a little; the end is scored from 0 to 1."
)
_ONE_CLUSTER = (
    "Here is one real cluster and one episode at a time: starting yours ends the one that runs. "
    "A start takes up to a minute, because the cluster is healed, broken and waited for until its alert fires."
)
_MANY = "Everything here was recorded on a real cluster. Your episode is your own, whoever else plays."


def head(world: str, episode_id: str = "") -> Safe:
    leave = tag("button", "Choose another incident", type="button", data_leave=True) if episode_id else None
    links = tag("nav", tag("a", "API", href="docs"), tag("a", "OpenEnv", href="openenv/docs"), leave, aria_label="Lab")
    return joined(
        tag(
            "div",
            tag("h1", "Cloud Incident Lab"),
            tag("p", f"{world} world · {VERSION}", class_="soft"),
            class_="brand",
        ),
        links,
        tag("span", hidden=True, data_episode=episode_id or ""),
    )


def lobby(exclusive: bool) -> Safe:
    return joined(
        tag("h2", "Choose an incident", id="lobby-title", tabindex=-1),
        tag("p", _WELCOME),
        tag("p", _ONE_CLUSTER if exclusive else _MANY, class_="soft"),
        tag("div", *(_task(task) for task in TASKS.values()), class_="tasks"),
    )


def _task(task: Task) -> Safe:
    found = [scenarios.get(name) for name in scenarios.ids_of_task(task.id)]
    cards = [_card(tag("b", one.id), tag("span", one.brief.title), data_scenario_id=one.id) for one in found]
    surprise = _card(tag("b", "Surprise me"), tag("span", "one of these, its name told at the end"), data_blind=task.id)
    return tag(
        "section",
        tag("h3", task.name, tag("small", f" {task.difficulty}, {task.max_steps} steps")),
        tag("p", task.description),
        tag("ul", *(tag("li", card) for card in [*cards, surprise])),
    )


def _card(*children: Safe, **data: object) -> Safe:
    return tag("button", *children, type="button", class_="card", **data)


def ready(seen: Json, grade: Json) -> Safe:
    """How the episode stands: steps, what was earned, and what was last said."""
    left = f"Step {seen['step_count']} of {seen['max_steps']}"
    meter = tag("b", "Over" if seen["done"] else left, class_="meter")
    earned = tag("span", f"earned {seen['cumulative_reward']:+.2f}", class_="earned")
    return joined(meter, " ", earned, " ", tag("span", _said(seen, grade), class_="feedback"))


def _said(seen: Json, grade: Json) -> str:
    if grade["verdict"] != "scored":
        return str(seen["feedback"])
    return f"Score {grade['total']:.2f}. The reasons stand under Score."


def waiting(stage: str, seconds: float) -> Safe:
    # The seconds count for the eye only; a screen reader would be told each of them.
    count = tag("span", f" ({seconds:.0f} s)", aria_hidden="true")
    return joined(
        tag("b", "One moment", class_="meter"),
        " ",
        tag("span", f"The incident is made ready: {stage}.", class_="feedback", data_waiting=True),
        count,
    )


def problem(sentence: str) -> Safe:
    return joined(tag("b", "Not done", class_="meter problem"), " ", tag("span", sentence, class_="feedback"))


def plain(sentence: str) -> Safe:
    return tag("span", sentence, class_="feedback")
