"""The database's content, accounts and passwords, and how they are put right."""

from dataclasses import replace

import pytest

from lab.cluster.process import CommandFailed
from lab.live.baseline import database
from lab.live.baseline.baseline import compare
from lab.live.baseline.declared import Declared
from lab.live.baseline.values import (
    InDatabase,
    Seen,
)
from tests.unit.baseline.kit import texts_of, verifier_of


def test_a_database_that_differs_from_its_template_is_made_from_it_again(declared: Declared, healthy: Seen) -> None:
    assert healthy.database
    seen = replace(healthy.database, digests={"columns": "a", "accounts": "changed", "mail_queue": "false"})
    found = compare(declared, replace(healthy, database=seen))
    assert texts_of(found) == ["database shop: differs in accounts"]


@pytest.mark.parametrize("said", ['relation "mails"', "column m.status", 'database "shop"'])
def test_what_somebody_dropped_is_made_from_the_template_again(
    declared: Declared, healthy: Seen, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    def fails(*_: object) -> str:
        raise CommandFailed(["psql"], 3, f"ERROR:  {said} does not exist\nLINE 1: ...")

    monkeypatch.setattr(database, "run_sql", fails)
    found = compare(declared, replace(healthy, database=database.look("postgres-db-1")))
    acts = [act for one in found for act in one.acts if isinstance(act, InDatabase)]
    assert acts[0].statements == database.RESET


@pytest.mark.parametrize(
    ("name", "where"), [("overrides", "postgres"), ("unsent mails", "shop"), ("old orders", "shop")]
)
def test_what_can_be_put_right_gently_is(declared: Declared, healthy: Seen, name: str, where: str) -> None:
    assert healthy.database
    seen = replace(healthy.database, template_digests={**healthy.database.template_digests, name: "none"})
    found = compare(declared, replace(healthy, database=seen))
    assert [act.database for one in found for act in one.acts if isinstance(act, InDatabase)] == [where]


def test_answers_of_the_database_are_told_apart() -> None:
    found = database.parse("template columns\ta\nown columns\tb\nserver overrides\t0\nrole x\tSCRAM\nNOTICE: hello\n")
    assert found == {
        "template": {"columns": "a"},
        "own": {"columns": "b"},
        "server": {"overrides": "0"},
        "role": {"x": "SCRAM"},
    }


def test_a_password_other_than_the_published_one_is_set_back(declared: Declared, healthy: Seen) -> None:
    assert healthy.database
    seen = replace(healthy.database, verifiers={"shop_app": verifier_of("later")})
    found = compare(declared, replace(healthy, database=seen))
    assert texts_of(found) == ["database role shop_app: has another password than its secret"]
    assert "first" not in repr(found)


def test_a_silent_database_is_waited_for(declared: Declared, healthy: Seen) -> None:
    assert texts_of(compare(declared, replace(healthy, database=None))) == ["database shop: does not answer"]


@pytest.mark.parametrize("verifier", ["", "md5abcdef", "SCRAM-SHA-256$4096:c2FsdA==$AAAA:BBBB"])
def test_no_other_verifier_fits(verifier: str) -> None:
    assert not database.fits(verifier, "first")


def test_names_and_passwords_are_quoted_for_sql() -> None:
    assert database.quoted_name('a"b') == '"a""b"'
    assert database.quoted_text("a'b") == "'a''b'"
