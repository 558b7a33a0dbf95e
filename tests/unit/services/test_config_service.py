"""config-service against a cluster and a database of a few dictionaries."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from structlog.testing import capture_logs

from microservices.common import metrics
from microservices.common.kube import Kube
from microservices.config_service.app import assemble
from microservices.config_service.credentials import Credentials
from microservices.config_service.roles import Login
from microservices.config_service.settings import Settings

BASE = "/api/v1/namespaces/market"


class Cluster:
    """The API server: objects by path, and every patch of a Deployment in order."""

    def __init__(self) -> None:
        self.flags = {"full_history_export": "true", "new_search": "false"}
        self.secrets = {"db-shop-app": secret("valid", 2)}
        self.restarted: list[str] = []
        self.secret_writes_to_refuse = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, name = request.url.path, request.url.path.rsplit("/", 1)[-1]
        body: Any = json.loads(request.content) if request.content else None
        if path == f"{BASE}/configmaps/feature-flags":
            self.flags |= body["data"] if body else {}
            return httpx.Response(200, json={"data": self.flags})
        if path.startswith(f"{BASE}/secrets/"):
            return self._secret(name, body)
        assert path.startswith("/apis/apps/v1/namespaces/market/deployments/")
        assert "kubectl.kubernetes.io/restartedAt" in body["spec"]["template"]["metadata"]["annotations"]
        self.restarted.append(name)
        return httpx.Response(200, json={})

    def _secret(self, name: str, body: Any) -> httpx.Response:
        if body is not None:
            if name == "db-shop-app" and self.secret_writes_to_refuse:
                self.secret_writes_to_refuse -= 1
                return httpx.Response(500, json={"message": "etcd is busy"})
            data = {key: base64.b64encode(text.encode()).decode() for key, text in body["stringData"].items()}
            self.secrets[name] = {"data": data, "metadata": body["metadata"]}
        if name not in self.secrets:
            return httpx.Response(404, json={"message": "not found"})
        return httpx.Response(200, json=self.secrets[name])

    def password(self, name: str = "db-shop-app") -> str:
        return base64.b64decode(self.secrets[name]["data"]["password"]).decode()


def secret(password: str, generation: int) -> dict[str, Any]:
    texts = {"username": "shop_app", "password": password, "generation": str(generation)}
    return {"data": {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}, "metadata": {}}


class FakeRoles:
    def __init__(self) -> None:
        self.password = "valid"
        self.down = False
        self.set: list[str] = []

    async def set_password(self, role: str, password: str) -> None:
        if self.down:
            raise psycopg.OperationalError('connection to server at "10.1.2.3", port 5432 failed: Connection refused')
        assert role == "shop_app"
        self.set.append(password)
        # Long enough for another rotation to come in between, were it let.
        await asyncio.sleep(0.01)
        self.password = password

    async def try_login(self, credentials: Credentials) -> Login:
        if self.down:
            return Login.UNKNOWN
        return Login.ACCEPTED if credentials.password == self.password else Login.REFUSED


Story = Callable[[httpx.AsyncClient], Awaitable[None]]


class Shop:
    def __init__(self, account: Path) -> None:
        (account / "token").write_text("t")
        self.account = account
        self.cluster = Cluster()
        self.roles = FakeRoles()

    def run(self, story: Story, **settings: Any) -> None:
        asyncio.run(self._run(story, Settings(pod_namespace="market", check_seconds=0.005, **settings)))

    async def _run(self, story: Story, settings: Settings) -> None:
        api = httpx.AsyncClient(transport=httpx.MockTransport(self.cluster), base_url="https://kube")
        app = assemble(settings, Kube(api, self.account), self.roles)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://config") as client:
                await story(client)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def until(probe: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not probe():
            await asyncio.sleep(0.002)


def concern(name: str) -> float:
    return metrics.value("service_concern", concern=name)


def test_a_flag_is_read_and_set_in_the_cluster(shop: Shop) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/flags")).json() == {"full_history_export": True, "new_search": False}
        assert (await client.put("/flags/full_history_export", json={"enabled": False})).json() == {
            "name": "full_history_export",
            "enabled": False,
            "was": True,
        }
        assert (await client.get("/flags/full_history_export")).json()["enabled"] is False

    shop.run(story)
    assert shop.cluster.flags["full_history_export"] == "false"


def test_a_flag_that_does_not_exist_is_not_made(shop: Shop) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.put("/flags/nope", json={"enabled": True})
        assert answer.status_code == 404
        assert "full_history_export" in answer.json()["detail"]

    shop.run(story)
    assert "nope" not in shop.cluster.flags


def test_a_rotation_to_the_next_set_is_valid_published_and_restarts_nobody(shop: Shop) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/ops/rotate-credentials")
        assert answer.json() == {"generation": 3, "rotation": "v3.2.0 next", "login": "accepted"}
        assert shop.cluster.password() not in answer.text

    shop.run(story, version="v3.2.0")
    assert shop.cluster.password() == shop.roles.password != "valid"
    assert shop.cluster.password("db-shop-app-previous") == "valid"
    assert shop.cluster.restarted == []


def test_the_previous_set_is_published_stale_and_two_clients_restart_onto_it(shop: Shop) -> None:
    shop.cluster.secrets["db-shop-app-previous"] = secret("stale", 1)

    async def story(client: httpx.AsyncClient) -> None:
        await until(lambda: concern("stale_credentials_published") == 1)
        assert (await client.get("/credentials")).json() == {
            "generation": 3,
            "rotation": "v3.2.1 previous",
            "login": "refused",
        }

    shop.run(story, version="v3.2.1", credential_set="previous", rotate_on_start=True)
    assert shop.cluster.password() == "stale"
    assert shop.roles.password == "valid"
    assert shop.cluster.restarted == ["user-service", "notification-service"]
    assert concern("release_rotates_stale_set") == 1


def test_asked_by_hand_the_previous_set_takes_a_third_client_along(shop: Shop) -> None:
    shop.cluster.secrets["db-shop-app-previous"] = secret("stale", 1)

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/ops/rotate-credentials")).json()["login"] == "refused"

    shop.run(story, credential_set="previous")
    assert shop.cluster.restarted == ["user-service", "notification-service", "order-service"]


def test_a_good_rotation_after_a_bad_one_mends_what_is_published(shop: Shop) -> None:
    shop.cluster.secrets["db-shop-app"] = secret("stale", 3)

    async def story(client: httpx.AsyncClient) -> None:
        await until(lambda: concern("stale_credentials_published") == 1)
        assert (await client.post("/ops/rotate-credentials")).json()["login"] == "accepted"
        assert concern("stale_credentials_published") == 0

    shop.run(story)
    assert concern("release_rotates_stale_set") == 0


@pytest.mark.parametrize(("at_start", "by_hand"), [(False, 2), (True, 1)])
def test_two_rotations_at_once_take_turns(shop: Shop, at_start: bool, by_hand: int) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await asyncio.gather(*(client.post("/ops/rotate-credentials") for _ in range(by_hand)))
        await until(lambda: metrics.value("credentials_published_generation") == 4)

    with capture_logs() as lines:
        shop.run(story, rotate_on_start=at_start)
    said = [line["event"].split(":")[0] for line in lines if line["event"].startswith("secrets rotation")]
    assert said == ["secrets rotation started", "secrets rotation finished"] * 2
    assert shop.cluster.password() == shop.roles.password == shop.roles.set[1]
    assert shop.cluster.password("db-shop-app-previous") == shop.roles.set[0]


def test_publishing_the_only_valid_password_is_tried_again(shop: Shop) -> None:
    shop.cluster.secret_writes_to_refuse = 1

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/ops/rotate-credentials")).status_code == 200

    shop.run(story)
    assert shop.cluster.password() == shop.roles.password


def test_a_database_that_is_down_fails_the_rotation_and_publishes_nothing(shop: Shop) -> None:
    shop.roles.down = True

    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/ops/rotate-credentials")
        assert (answer.status_code, answer.json()) == (503, {"detail": "Connection refused"})

    shop.run(story)
    assert shop.cluster.password() == "valid"


def test_a_database_that_does_not_look_at_the_password_says_nothing_about_it(shop: Shop) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        await until(lambda: metrics.value("credentials_published_generation") == 2)
        shop.roles.down = True
        shop.cluster.secrets["db-shop-app"] = secret("stale", 7)
        await until(lambda: metrics.value("credentials_published_generation") == 7)
        assert (await client.get("/credentials")).json()["login"] != "refused"

    shop.run(story)
    assert concern("stale_credentials_published") == 0


def test_without_a_previous_set_there_is_nothing_to_publish(shop: Shop) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/ops/rotate-credentials")
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no credential set db-shop-app-previous")

    shop.run(story, credential_set="previous")


def test_no_password_shows_when_credentials_are_printed() -> None:
    assert "secret-word" not in repr(Credentials("shop_app", "secret-word", 1))
