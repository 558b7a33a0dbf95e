"""Who did it? Every service's suspicion from what was read, and what would prove it."""

from dataclasses import dataclass

from lab.baseline_agent.case import Case, Dossier, is_store, naming_words, own_stems
from lab.baseline_agent.reading import Release, stems

# Words that a change and the trouble must have in common for the one to explain the other.
_IN_COMMON = 2
_ORDER_OF_LOOKS = ("query_logs", "check_recent_deploys", "check_metrics")


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a service is held to be the culprit: a flag its own log names, or a release that fits the trouble."""

    service: str
    flag: str | None = None
    release: Release | None = None
    strength: int = 0


def proof_of(case: Case, service: str) -> Proof | None:
    dossier = case.dossier(service)
    flag = _flag_at_work(case, dossier)
    if flag is not None:
        return Proof(service, flag=flag, strength=len(flag))
    shared = _explained(case, dossier)
    if dossier.release is None or len(shared) < _IN_COMMON:
        return None
    return Proof(service, release=dossier.release, strength=len(shared))


def proven(case: Case) -> Proof | None:
    found = [proof for proof in (proof_of(case, service) for service in case.dossiers) if proof is not None]
    return max(found, key=lambda proof: (proof.service not in case.affected, proof.strength), default=None)


def ranked(case: Case) -> list[str]:
    return sorted(case.known, key=lambda service: -suspicion(case, service))


def suspicion(case: Case, service: str) -> float:
    return _from_afar(case, service) + _from_near(case, service)


def next_kind(case: Case, service: str) -> str | None:
    """How to look at a suspect next; None where there is no more to see."""
    allowed = case.seen["available_actions"]
    seen = case.dossier(service).evidence
    return next((kind for kind in _ORDER_OF_LOOKS if kind in allowed and kind not in seen), None)


def _from_afar(case: Case, service: str) -> float:
    # A page names who is hurt, seldom who did it; a store mostly suffers what others do to it.
    points = (0.0 if service in case.affected else 1.0) - (0.5 if is_store(service) else 0.0)
    points += 3.0 * _is_spoken_of(case, service) + 0.3 * (service in case.trouble)
    return points + 2.0 * any(word in service for topic in case.topics for word in topic.keepers)


def _from_near(case: Case, service: str) -> float:
    dossier = case.dossier(service)
    if proof_of(case, service) is not None:
        return 5.0
    quiet = "query_logs" in dossier.evidence and not dossier.notable
    unchanged = "check_recent_deploys" in dossier.evidence and dossier.release is None
    return -3.0 * quiet - 2.0 * unchanged


def _is_spoken_of(case: Case, service: str) -> bool:
    """Somebody else's bad news has it in other words than as the name of a peer that fails."""
    lines = [line for one in case.dossiers.values() if one.service != service for line in one.trouble]
    return any(speaks_of(case, line, service) for line in lines)


def speaks_of(case: Case, line: str, service: str) -> bool:
    text = line.lower()
    # The longest first: one name may hold another.
    for name in sorted(case.known, key=len, reverse=True):
        text = text.replace(name, "")
    return any(word in text for word in naming_words(service))


def _flag_at_work(case: Case, dossier: Dossier) -> str | None:
    """A flag that is on, or was until we turned it off, all of whose words stand in the service's own log."""
    candidates = [*case.flags_on, *case.seen["queried_data"].get("disable_feature_flag", {})]
    own = " ".join(line.says for line in dossier.log)
    spoken = stems(own)
    fitting = [flag for flag in candidates if len(wanted := stems(flag)) >= _IN_COMMON and wanted <= spoken]
    return max(fitting, key=len, default=None)


def _explained(case: Case, dossier: Dossier) -> frozenset[str]:
    """What the service's new release and the trouble have in common."""
    if dossier.release is None:
        return frozenset()
    trouble = stems("\n".join([case.trouble, *(line.says for line in dossier.log)]))
    return (stems(dossier.release.text) & trouble) - own_stems(dossier.service)
