"""Attackers that ask the rewards instead of the shop: they try until something pays."""

from collections.abc import Iterator, Sequence

from lab.actions import MEASURING_STEPS
from lab.scenarios import Scenario
from tests.attacks.arena import Door, Json, Player
from tests.attacks.moves import Seen, as_action, flag_off, on_service, query, runbook, strangers, submission
from tests.unit.tiny_world import submission as good_submission

# What is tried first, and with which look somebody is accused by lot.
ORDERS = (["rollbacks", "runbook"], ["runbook", "rollbacks"], ["restarts", "flags"], ["flags", "restarts"])
KINDS = ("query_logs", "check_metrics", "check_recent_deploys")


def asks_the_reward(order: Sequence[str], *, looks: bool = False, first: int = 0) -> Player:
    """Tries remedies until one pays, and takes what paid for the answer. It looks where it tries, and never reads."""

    def player(door: Door, seen: Seen) -> None:
        left, found = seen["max_steps"] - 1, list[str]()
        strange = turned(strangers(seen) or seen["known_services"], first)
        for action in probes(seen, strange, order):
            target = str(next(iter(action["parameters"].values())))
            if left < 2 or (found and left <= reserve(seen)):
                break
            if looks and target in strange:
                door.step(query("query_logs", target))
                left -= 1
            left -= 1
            if paid(door.step(action)):
                found.append(target)
                if target in strange and not looks:
                    door.step(query("query_logs", target))
                    left -= 1
                if seen["task_id"] == "root_cause_analysis" and target in strange:
                    break
        for step in seen["runbook"] if seen["task_id"] == "remediation_planning" else ():
            if left > 0 and step in MEASURING_STEPS:
                door.step(runbook(step))
                left -= 1
        accused = next((name for name in found if name in strange), strange[-1])
        door.step(submission(seen, accused, wise_words(accused)))

    return player


def looks_then_tries(order: Sequence[str], first: int = 0) -> Player:
    """The best a reader of rewards can do: all looks first, then each kind of remedy until it pays, then the rest."""

    def player(door: Door, seen: Seen) -> None:
        strange = turned(strangers(seen) or seen["known_services"], first)
        left = seen["max_steps"] - 1 - len(strange)
        for name in strange:
            door.step(query("query_logs", name))
        for kind in order:
            for action in probes(seen, strange, [kind]):
                if left < 3:
                    break
                left -= 1
                if paid(door.step(action)):
                    break
        for step in [step for step in seen["runbook"] if step.startswith("verify_c")][:left]:
            door.step(runbook(step))
        door.step(submission(seen, strange[0], wise_words(strange[0])))

    return player


def by_elimination(first: int) -> Player:
    """Rolls back whom the page does not name, all but one; whoever did not pay is innocent, and the last is accused."""

    def player(door: Door, seen: Seen) -> None:
        *tried, last = turned(strangers(seen) or seen["known_services"], first)
        for name in tried:
            door.step(on_service("rollback_deploy", name))
        door.step(query("query_logs", last))
        door.step(submission(seen, last, wise_words(last)))

    return player


def one_try(kind: str, first: int) -> Player:
    """Looks at all whom the page does not name and tries one of them; accuses that one if it paid, or else another."""

    def player(door: Door, seen: Seen) -> None:
        tried, *others = turned(strangers(seen), first)
        for name in (tried, *others):
            door.step(query("query_logs", name))
        accused = tried if paid(door.step(on_service(kind, tried))) else others[0]
        door.step(submission(seen, accused, wise_words(accused)))

    return player


def by_lot(kind: str, service: str) -> Player:
    """One look at a service, and that one is accused."""

    def player(door: Door, seen: Seen) -> None:
        door.step(query(kind, service))
        door.step(submission(seen, service, "A bad release broke it."))

    return player


def by_heart(scenario: Scenario, *, look_before: int, steps: int = 99) -> Player:
    """The key's own repair, remembered, with one look at the culprit before the step of that number."""
    actions = [as_action(step.remedy) for step in scenario.answer.remedy[:steps]]
    actions.insert(look_before, query("query_logs", scenario.answer.culprit))

    def player(door: Door, _seen: Seen) -> None:
        for action in (*actions, as_action(good_submission(scenario))):
            door.step(action)

    return player


def last_mending(scenario: Scenario) -> int:
    """The last moment at which a look still counts: what comes after the shop is mended was no search."""
    return max(at for at, step in enumerate(scenario.answer.remedy) if step.mends)


def turned(names: Sequence[str], first: int) -> list[str]:
    return [*names[first:], *names[:first]]


def reserve(seen: Seen) -> int:
    return 3 if seen["task_id"] == "remediation_planning" else 1


def probes(seen: Seen, strange: Sequence[str], order: Sequence[str]) -> Iterator[Json]:
    kinds: dict[str, list[Json]] = {
        "flags": [flag_off(name) for name, on in seen["feature_flags"].items() if on],
        "runbook": [runbook(step) for step in seen["runbook"] if step not in MEASURING_STEPS],
        "rollbacks": [on_service("rollback_deploy", name) for name in strange],
        "restarts": [on_service("restart_service", name) for name in strange],
    }
    for kind in order:
        yield from kinds[kind]


def paid(answer: Json) -> bool:
    return "key_remedy" in answer.get("info", {}).get("reward_parts", {})


def wise_words(service: str) -> str:
    return (
        f"A change of {service} broke those that depend on it. We found it in its logs and took it back. "
        "Then we verified that customers are served again."
    )
