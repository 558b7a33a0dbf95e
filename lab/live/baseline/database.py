"""The database against its template: what stands in it, who may log in and how it is set up.

Read and reset by its own administrator over the local socket. What orders and mails the load has left behind is no part
of the baseline; a long queue of unsent mails is.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lab.cluster.kubectl import kubectl
from lab.cluster.process import CommandFailed
from lab.live.baseline.values import DatabaseSeen, Difference, InDatabase, Object, Stage

SERVICE, CONTAINER = "postgres-db", "postgres"
DATABASE, TEMPLATE = "shop", "shop_template"
TIMEOUT = 20.0
# Somebody dropped or renamed it; then the question itself fails, and the template has it.
_MISSING = re.compile(r'(?P<what>(?:database|relation|column) "?[\w.]+"?) does not exist')
QUEUE_LIMIT = 50  # healthy load leaves a handful unsent
ORDERS_LIMIT = 100_000  # some eight hours of it; they would fill the disk in the end
_PSQL = (
    "psql",
    "--no-psqlrc",
    "--quiet",
    "--tuples-only",
    "--no-align",
    "--field-separator",
    "\t",
    "--set",
    "ON_ERROR_STOP=1",
)

# What no customer changes is compared by content; what they do change, by its shape alone.
_CONTENTS = """
select '{of} {table}', md5(string_agg(t::text, ';' order by t::text)) from {table} t;
"""
_REFERENCE = ("accounts", "profiles", "products", "events")
_CATALOGUE = """
select '{of} columns', md5(coalesce(string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable,
    column_default), ';' order by table_name, column_name), ''))
    from information_schema.columns where table_schema = 'public';
select '{of} indexes', md5(coalesce(string_agg(indexdef, ';' order by indexname), ''))
    from pg_indexes where schemaname = 'public';
select '{of} constraints', md5(coalesce(string_agg(conname || pg_get_constraintdef(oid), ';' order by conname), ''))
    from pg_constraint where connamespace = 'public'::regnamespace;
select '{of} grants', md5(coalesce(string_agg(concat_ws(' ', relname, relkind, relowner::regrole, relacl), ';'
    order by relname), ''))
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'S', 'f', 'p');
select '{of} code', md5(coalesce(string_agg(prosrc, ';' order by oid), ''))
    from pg_proc where pronamespace = 'public'::regnamespace;
select '{of} triggers', md5(coalesce(string_agg(pg_get_triggerdef(oid), ';' order by tgname), ''))
    from pg_trigger where not tgisinternal;
"""
# Settings made by hand, in the server or for a database or role: a fresh one has none.
_SERVER = f"""
select 'server overrides', ((select count(*) from pg_db_role_setting)
    + (select count(*) from pg_file_settings where sourcefile like '%.auto.conf'))::text;
select 'server unsent mails', (count(*) > {QUEUE_LIMIT})::text from mails where status <> 'sent';
select 'server old orders', (count(*) > {ORDERS_LIMIT})::text from orders;
select 'role ' || rolname, rolpassword from pg_authid where rolpassword is not null;
"""
_EXPECTED = {"overrides": "0", "unsent mails": "false", "old orders": "false"}
# What has its own, gentler way back than the template: (database, statements).
_GENTLE = {
    "overrides": (
        "postgres",
        ("alter system reset all", f"alter database {DATABASE} reset all", "select pg_reload_conf()"),
    ),
    "unsent mails": (DATABASE, ("delete from mails where status <> 'sent'",)),
    "old orders": (DATABASE, ("truncate orders, ledger, mails",)),
}


def look(pod: str) -> DatabaseSeen:
    """One program run in the pod answers it all."""
    asked = f"{_digests('template')}\n\\connect {DATABASE}\n{_digests('own')}{_SERVER}"
    try:
        found = parse(run_sql(pod, TEMPLATE, asked))
    except CommandFailed as failure:
        if missing := _MISSING.search(failure.output):
            return DatabaseSeen({}, {missing["what"]: "there"}, {})
        raise
    return DatabaseSeen(found["own"] | found["server"], found["template"] | _EXPECTED, found["role"])


def _digests(of: str) -> str:
    return _CATALOGUE.format(of=of) + "".join(_CONTENTS.format(of=of, table=table) for table in _REFERENCE)


def parse(text: str) -> dict[str, dict[str, str]]:
    """Lines of `group name<tab>value`, by group and name."""
    found: dict[str, dict[str, str]] = {"own": {}, "template": {}, "server": {}, "role": {}}
    for line in text.splitlines():
        name, tab, value = line.partition("\t")
        group, _, key = name.partition(" ")
        if tab and group in found:
            found[group][key] = value
    return found


def run_sql(pod: str, database: str, sql: str) -> str:
    words = ("--namespace", "shop", "exec", "--stdin", pod, "--container", CONTAINER, "--")
    return kubectl(*words, *_PSQL, "--username", "postgres", "--dbname", database, stdin=sql, timeout=TIMEOUT)


def database_differences(seen: DatabaseSeen, secrets: Sequence[Object]) -> Iterator[Difference]:
    changed = sorted(n for n, digest in seen.template_digests.items() if seen.digests.get(n) != digest)
    for name in _GENTLE.keys() & changed:
        yield Difference("database", DATABASE, f"has {name}", Stage.DATABASE, (InDatabase(*_GENTLE[name]),))
    if rest := [name for name in changed if name not in _GENTLE]:
        acts = (InDatabase("postgres", RESET),)
        yield Difference("database", DATABASE, f"differs in {', '.join(rest)}", Stage.DATABASE, acts)
    for secret in secrets:
        user, password = login_of(secret)
        if not fits(seen.verifiers.get(user, ""), password):
            act = InDatabase("postgres", (f"alter role {quoted_name(user)} login password {quoted_text(password)}",))
            yield Difference("database role", user, "has another password than its secret", Stage.DATABASE, (act,))


RESET = (
    f"drop database if exists {DATABASE} with (force)",
    f"create database {DATABASE} template {TEMPLATE}",
)


def logins(objects: Iterable[Object]) -> list[Object]:
    secrets = [found for found in objects if found["kind"] == "Secret"]
    return [found for found in secrets if {"username", "password"} <= found["data"].keys() and not _is_past(found)]


def _is_past(secret: Object) -> bool:
    """The set before the valid one is kept for reference; the database does not know it any more."""
    return str(secret["metadata"]["name"]).endswith("-previous")


def login_of(secret: Object) -> tuple[str, str]:
    data: Mapping[str, str] = secret["data"]
    user, password = (base64.b64decode(data[key]).decode() for key in ("username", "password"))
    return user, password


def fits(verifier: str, password: str) -> bool:
    """Whether this is the password that PostgreSQL keeps as `SCRAM-SHA-256$rounds:salt$stored:server`."""
    try:
        method, parameters, keys = verifier.split("$")
        rounds, salt = parameters.split(":")
    except ValueError:
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return method == "SCRAM-SHA-256" and hmac.compare_digest(stored, base64.b64decode(keys.split(":")[0]))


def quoted_name(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def quoted_text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
