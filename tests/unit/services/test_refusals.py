import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservices.common.refusals import words_of

RUNNING = "\n\tIs the server running on that host and accepting TCP/IP connections?"
NO_PASSWORD = 'password authentication failed for user "shop_app"'
SHAPES = [
    ('connection to server at "{at}", port 5432 failed: Connection refused' + RUNNING, "Connection refused"),
    (
        'connection to server at "postgres-db" ({at}), port 5432 failed: Connection refused' + RUNNING,
        "Connection refused",
    ),
    ('connection failed: connection to server at "{at}", port 5432 failed: timeout expired\n', "timeout expired"),
    ('connection failed: connection to server at "{at}", port 5432 failed: FATAL:  ' + NO_PASSWORD, NO_PASSWORD),
    (
        'connection to server at "{at}", port 5432 failed: server closed the connection unexpectedly\n\tThis probably',
        "server closed the connection unexpectedly",
    ),
    (
        'connection to server at "{at}", port 5432 failed: No route to host\n'
        'connection to server at "{at}", port 5433 failed: No route to host' + RUNNING,
        "No route to host",
    ),
    (
        'connection to server at "{at}", port 5432 failed: Connection refused' + RUNNING + "\n"
        'connection to server at "{at}", port 5433 failed: FATAL:  sorry, too many clients already\n',
        "sorry, too many clients already",
    ),
    (
        'connection failed: connection to server at "{at}", port 5432 failed: Connection refused' + RUNNING + "\n"
        "Multiple connection attempts failed. All failures were:\n"
        "- host: 'postgres-db', port: '5432', hostaddr: '{at}': connection failed: connection to server at \"{at}\"",
        "Connection refused",
    ),
    (
        'FATAL:  no pg_hba.conf entry for host "{at}", user "a", no encryption',
        'no pg_hba.conf entry for host, user "a", no encryption',
    ),
    (
        'could not connect to server: Connection refused\n\tIs the server running on host "{at}" and accepting',
        "could not connect to server: Connection refused",
    ),
    ("lost the peer ({at}).", "lost the peer."),
]
PLAIN = [
    ("connection timeout expired", "connection timeout expired"),
    ("the database system is shutting down", "the database system is shutting down"),
    (
        "consuming input failed: server closed the connection unexpectedly\n\tThis probably means",
        "consuming input failed: server closed the connection unexpectedly",
    ),
    (
        "failed to resolve host 'postgres-db': [Errno -2] Name or service not known",
        "failed to resolve host 'postgres-db': [Errno -2] Name or service not known",
    ),
    (
        'connection failed: connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory\n\t',
        "No such file or directory",
    ),
    ("stopped at 12:34:56 by version 15.3", "stopped at 12:34:56 by version 15.3"),
]


@pytest.mark.parametrize(("shape", "reason"), SHAPES)
@given(address=st.ip_addresses())
def test_the_reason_is_kept_and_no_address(shape: str, reason: str, address: object) -> None:
    assert words_of(psycopg.OperationalError(shape.replace("{at}", str(address)))) == reason


@pytest.mark.parametrize("address", ["fe80::1%eth0", "::ffff:10.1.2.3", "10.1.2.3/32"])
@pytest.mark.parametrize(("shape", "reason"), SHAPES)
def test_an_address_may_carry_a_zone_an_older_one_or_a_mask(shape: str, reason: str, address: str) -> None:
    assert words_of(psycopg.OperationalError(shape.replace("{at}", address))) == reason


@pytest.mark.parametrize(("said", "reason"), PLAIN)
def test_words_without_an_address_stay(said: str, reason: str) -> None:
    assert words_of(psycopg.OperationalError(said)) == reason
