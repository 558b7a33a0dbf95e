"""The digest of a key: of all that decides on a score and is no code."""

from types import MappingProxyType

import pytest

from lab.scenarios import Scenario, get, load_all
from lab.trust import identity

HELD = get("RCA-001")


def digest_with(changed: Scenario, monkeypatch: pytest.MonkeyPatch) -> str:
    everything = MappingProxyType({**load_all(), changed.id: changed})
    monkeypatch.setattr(identity, "load_all", lambda: everything)
    identity.key_digest.cache_clear()
    return identity.key_digest(HELD)


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    identity.key_digest.cache_clear()


def test_what_another_incident_is_called_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    other = get("RCA-002")
    modes = tuple(one.model_copy(update={"any": (*one.any, "another wording")}) for one in other.answer.failure_mode)
    reworded = other.model_copy(update={"answer": other.answer.model_copy(update={"failure_mode": modes})})
    assert digest_with(reworded, monkeypatch) != digest_with(other, monkeypatch)


def test_what_another_incident_looks_like_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    other = get("RCA-002")
    retitled = other.model_copy(update={"brief": other.brief.model_copy(update={"title": "Another title"})})
    assert digest_with(retitled, monkeypatch) == digest_with(other, monkeypatch)
