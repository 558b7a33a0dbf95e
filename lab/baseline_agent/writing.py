"""What the baseline writes: severity, root cause and resolution, from what it read and did."""

from collections.abc import Iterable

from lab.baseline_agent.case import Case, Dossier
from lab.baseline_agent.fitting import measures
from lab.baseline_agent.suspects import Proof, speaks_of
from lab.baseline_agent.topics import topics_in

# The severity policy's figure, and what is still noise in a shop that earns thousands a minute.
OUTAGE_DOLLARS, NOISE_DOLLARS = 1_000.0, 100.0
NEARLY_ALL, MANY = 0.9, 0.1
_QUOTED = 160
_DONE = {
    "disable_feature_flag": "disabled the feature flag {}",
    "restart_service": "restarted {}",
    "rollback_deploy": "rolled back {} to its previous release",
    "execute_runbook_step": "carried out the runbook step {}",
}


def severity(case: Case) -> str:
    """By the policy: money first, then how many are hurt, then whether something catches them."""
    alert = case.seen["alert"]
    lost, errors = float(alert["revenue_impact_per_min"]), float(alert["error_rate"])
    if lost > OUTAGE_DOLLARS or errors >= NEARLY_ALL:
        return "P1"
    if lost > NOISE_DOLLARS:
        return "P2"
    if errors < MANY and not any(one.trouble for one in case.dossiers.values()):
        return "P4"
    return "P3"


def root_cause(case: Case, proof: Proof | None, suspect: str) -> str:
    if proof is None:
        return (
            f'Most suspicious is {suspect}, without proof; what it says is "{_quote(case.dossier(suspect).trouble)}".'
        )
    return " ".join([_deed(case, proof), _harm(case, proof.service)]).strip()


def resolution(case: Case, proof: Proof | None, suspect: str) -> str:
    cause = root_cause(case, proof, suspect)
    did = list(_deeds_told(case))
    told = f"To repair it we {_listed(did)}." if did else "Nothing was changed, because no cause was proven."
    return f"{cause} {told} {_measured(case)}"


def _deed(case: Case, proof: Proof) -> str:
    service = proof.service
    quote = _quote(_own_words(case, service))
    if proof.flag is not None:
        return (
            f'The work of {service} ran under the feature flag {proof.flag}, which was on; its own log says "{quote}".'
        )
    assert proof.release is not None
    changes = _listed([f"{change.name} to {change.after}" for change in proof.release.settings])
    changed = f" and changed {changes}" if changes else ""
    release = f'A release of {service}, {proof.release.version} ("{proof.release.cause}"), came just before{changed}'
    return f'{release}; its own log says "{quote}".'


def _own_words(case: Case, service: str) -> list[str]:
    """Bad news first; a culprit is often calm about what it does."""
    dossier = case.dossier(service)
    return [*dossier.notable, *(line.says for line in dossier.log), *dossier.trouble]


def _harm(case: Case, culprit: str) -> str:
    """The victim's own words, best where they speak of the culprit, and what they mean."""
    victim = case.victim_of(culprit)
    if victim is None:
        return ""
    quote = _quote(_telling(case, victim, culprit))
    return f'It hurt {victim.service}, which says "{quote}": {victim.topics[0].says}.'


def _telling(case: Case, dossier: Dossier, culprit: str) -> list[str]:
    spoken = [line for line in dossier.notable if speaks_of(case, line, culprit)]
    return [*spoken, *(line for line in dossier.trouble if topics_in(line))]


def _deeds_told(case: Case) -> Iterable[str]:
    for action in case.history:
        if action.action_type in _DONE and not measures(action.target):
            yield _DONE[action.action_type].format(action.target)


def _measured(case: Case) -> str:
    outcomes = case.seen["queried_data"].get("execute_runbook_step", {})
    told = [f"{step} says: {text.splitlines()[0]}" for step, text in outcomes.items() if measures(step)]
    return f"Afterwards we verified it: {'; '.join(told)}" if told else "It was not verified afterwards."


def _quote(lines: Iterable[str]) -> str:
    said = next(iter(lines), "nothing of note").replace('"', "'").strip()
    return said if len(said) <= _QUOTED else f"{said[:_QUOTED]}..."


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""
