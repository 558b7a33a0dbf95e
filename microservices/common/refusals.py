"""What PostgreSQL or libpq says of a failure, in words that carry no address: those belong to pods that come and go."""

import re

import psycopg

# libpq and psycopg each put before the reason where they tried, and libpq after it, on lines of its own, what to check.
_WHERE = re.compile(r"^(?:connection failed: )?(?:connection to server (?:at|on) .*? failed: )?")
_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_IPV6 = r"(?:[0-9A-Fa-f:]*::[0-9A-Fa-f:]*|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4})(?:\.\d{1,3}){0,3}(?:%\w+)?"
_ADDRESS = re.compile(rf"""\s?["'(]?(?<!\w)(?:{_IPV4}|{_IPV6})(?:/\d+)?(?!\w|\.\d)["')]?""")


def words_of(error: psycopg.Error) -> str:
    """The server's own message; where it said nothing, the first reason that libpq gives."""
    text = error.diag.message_primary or str(error)
    line = text.rpartition("FATAL:")[2].strip().partition("\n")[0]
    return _ADDRESS.sub("", _WHERE.sub("", line)).strip()
