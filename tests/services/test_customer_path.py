import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.services.shop import Process, Shop
from tests.services.stores import MAX_CONNECTIONS, PASSWORD, Postgres, postgres_bin, redis_server, until

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

PURCHASE = {"product_id": 1, "quantity": 1, "amount_cents": 9000}
BREAKER = 'breaker_open{peer="postgres-db"}'
LATCHED = 'service_concern{concern="breaker_latched"}'


@pytest.fixture(scope="module", autouse=True)
def stores() -> None:
    """Who asks for these tests wants them run: without a store they fail and say what is missing."""
    there = {"postgresql": postgres_bin(), "redis-server": shutil.which("redis-server")}
    missing = " ".join(package for package, found in there.items() if not found)
    if missing:
        pytest.fail(f"Not on this machine: {missing}; on Debian: apt-get install {missing}.", pytrace=False)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: the user that PostgreSQL runs as has to get into it."""
    made = Path(tempfile.mkdtemp(prefix="shop-"))
    made.chmod(0o755)
    for name in ("postgres", "logs"):
        (made / name).mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Postgres]:
    postgres = Postgres(folder / "postgres")
    yield postgres
    postgres.stop()


@pytest.fixture(scope="module")
def shop(folder: Path, database: Postgres) -> Iterator[Shop]:
    with redis_server(folder) as redis_port:
        shop = Shop(folder / "logs", database.port, redis_port)
        try:
            shop.start()
            yield shop
        finally:
            shop.stop()


def code(url: str) -> int:
    return httpx.get(url, timeout=5).status_code


def test_a_customer_logs_in_looks_around_and_buys(shop: Shop, database: Postgres) -> None:
    with shop.client(user=7) as customer:
        assert customer.get("/profile").json()["name"] == "Hugo Abel"
        recommended = customer.get("/recommendations").json()
        assert recommended["source"] == "fallback"
        assert len(recommended["products"]) == 5
        order_id = customer.post("/checkout", json=PURCHASE).json()["order_id"]
    assert database.sql(f"select status, amount_cents, user_id from orders where id = '{order_id}'") == "paid|9000|7"
    assert database.sql(f"select count(*) from ledger where idempotency_key = '{order_id}'") == "1"
    mail_sent = "select count(*) from mails where user_id = 7 and status = 'sent'"
    until(lambda: database.sql(mail_sent) == "1", 5, "sent mail")
    assert database.sql(f"select address from orders where id = '{order_id}'") == "7 Market Street, Eastbrook"


def test_the_same_request_twice_is_one_order(shop: Shop, database: Postgres) -> None:
    with shop.client(user=8) as customer:
        answers = [customer.post("/checkout", json=PURCHASE, headers={"x-request-id": "twice"}) for _ in range(2)]
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    assert database.sql("select count(*), sum(amount_cents) from orders where user_id = 8") == "1|9000"
    assert database.sql("select count(*) from ledger join orders o on o.id = order_id where o.user_id = 8") == "1"
    mails = "select count(*) from mails join orders o on o.id = order_id where o.user_id = 8"
    until(lambda: database.sql(mails) == "1", 5, "mail of the order")
    assert database.sql("select count(*) from mails where user_id = 8") == "1"


@pytest.mark.parametrize("email", ["user7@shop.example", "nobody@shop.example"])
def test_a_wrong_login_is_refused(shop: Shop, email: str) -> None:
    answer = httpx.post(f"{shop.gateway.url}/login", json={"email": email, "password": "password-8"})
    assert answer.status_code == 401


def test_a_closed_account_ends_its_sessions(shop: Shop, database: Postgres) -> None:
    with shop.client(user=9) as customer:
        database.sql("update accounts set active = false where id = 9")
        assert customer.get("/profile").status_code == 401
        database.sql("update accounts set active = true where id = 9")
        assert customer.get("/profile").status_code == 200


def test_sessions_are_gone_with_the_cache(shop: Shop) -> None:
    with shop.client(user=10) as customer:
        removed = httpx.post(f"{shop.auth.url}/ops/clear-cache").json()["removed"]
        assert removed >= 1
        assert customer.get("/profile").status_code == 401


def test_breakers_latch_where_they_should_and_only_a_new_process_opens_them(shop: Shop, database: Postgres) -> None:
    user = f"{shop.user.url}/users/7"
    database.stop()
    try:
        latching = (shop.auth, shop.order)
        until(lambda: all(process.metric(LATCHED) for process in latching), 30, "latched breaker")
        assert code(user) == 503
        assert code(f"{shop.product.url}/products/3") == 200
    finally:
        database.start()
    until(lambda: code(user) == 200, 20, "user-service after the database's return")
    until(lambda: shop.auth.metric("db_up") == 1, 20, "watch that sees the database")
    assert shop.auth.metric(BREAKER) == shop.order.metric(BREAKER) == 1
    assert shop.user.metric(BREAKER) == 0
    assert len(shop.auth.said("circuit breaker opened for postgres-db after 5 failures in a row")) == 1
    for process in latching:
        process.restart()
        assert process.metric(LATCHED) == 0
    with shop.client() as customer:
        assert customer.post("/checkout", json=PURCHASE).status_code == 200


def test_wrong_credentials_fail_requests_and_not_the_process(shop: Shop) -> None:
    shop.user.restart(DB_PASSWORD="stale", DB_CREDENTIALS_GENERATION="3")
    try:
        assert code(f"{shop.user.url}/users/7") == 503
        until(lambda: shop.user.metric("db_login_failures_total") > 0, 10, "counted login failure")
        assert shop.user.metric("db_credentials_generation") == 3
        assert shop.user.said("password authentication failed for user")
        assert shop.user.said("secrets rotation")[-1]["generation"] == 3
    finally:
        shop.user.restart()
    assert code(f"{shop.user.url}/users/7") == 200
    assert not shop.order.said("secrets rotation")


def test_connections_opened_before_survive_a_new_password_and_later_ones_do_not(shop: Shop, database: Postgres) -> None:
    database.sql("alter role shop_app password 'newer'")
    try:
        assert code(f"{shop.user.url}/users/7") == 200
        until(lambda: code(f"{shop.user.url}/users/7") == 503, 40, "end of the old connections")
    finally:
        database.sql("alter role shop_app password 'right'")
    until(lambda: code(f"{shop.user.url}/users/7") == 200, 20, "user-service with credentials that are valid again")
    shop.order.restart()


def refuses_others(database: Postgres) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=database.port, dbname="shop", user="shop_app", password=PASSWORD).close()
    except psycopg.OperationalError as error:
        return "remaining connection slots are reserved" in str(error)
    return False


def test_leases_that_follow_the_request_take_every_connection(shop: Shop, database: Postgres) -> None:
    with shop.client() as customer:
        token = customer.headers["authorization"].removeprefix("Bearer ")
    shop.auth.restart(DB_LEASE="request", DB_POOL_MAX="200")
    held = "select count(*) from pg_stat_activity where application_name = 'auth-service'"
    try:
        for _ in range(2 * MAX_CONNECTIONS):
            httpx.get(f"{shop.auth.url}/sessions/{token}", timeout=5)
        assert int(database.sql(held)) > MAX_CONNECTIONS / 2
        assert shop.auth.metric("db_pool_in_use") == int(database.sql(held))
        until(lambda: refuses_others(database), 20, "database without a free connection")
        assert code(f"{shop.auth.url}/sessions/{token}") == 503
        assert shop.auth.said("remaining connection slots are reserved")
    finally:
        shop.auth.restart()
    assert not refuses_others(database)
    assert int(database.sql(held)) <= 8
    shop.user.restart()
    shop.order.restart()


def test_a_service_starts_without_its_database_and_finds_it_later(shop: Shop, database: Postgres) -> None:
    database.stop()
    try:
        shop.user.restart()
        assert code(f"{shop.user.url}/users/7") == 503
    finally:
        database.start()
    until(lambda: code(f"{shop.user.url}/users/7") == 200, 20, "user-service with its late database")
    for process in (shop.auth, shop.order):
        process.restart()


@pytest.mark.parametrize("name", ["gateway", "auth", "user", "order", "payment", "fraud", "product", "notification"])
def test_a_process_stays_small(shop: Shop, name: str) -> None:
    """60 MB of its own, 80 with the redis client; the shop's twenty and more have 1.8 GiB together."""
    process: Process = getattr(shop, name)
    assert process.rss_mb() < (80 if name in ("auth", "payment") else 60)


def test_a_service_ends_cleanly_when_told(shop: Shop) -> None:
    assert shop.fraud.stop() == 0
    shop.fraud.start()
    shop.fraud.until_ready()
