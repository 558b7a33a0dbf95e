"""The customer path as processes, each with its environment, log and metrics."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.services.stores import PASSWORD, ROOT, free_port, until

ROLE = {"auth_service": "auth_app", "payment_service": "payment_app", "product_service": "product_app"}


class Process:
    """One service; started anew it keeps its port."""

    def __init__(self, module: str, folder: Path, environment: dict[str, str], port: int | None = None) -> None:
        self.module = module
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"{module}-{self.port}.log"
        self._environment = environment
        self._running: subprocess.Popen[bytes] | None = None
        self._told = False

    def start(self, **changed: str) -> "Process":
        own = {"PORT": str(self.port), "LISTEN_HOST": "127.0.0.1", "DB_PASSWORD": PASSWORD}
        environment = {**os.environ, **own, **self._environment, **changed}
        with self._log.open("ab") as log:
            argv = [sys.executable, "-m", f"microservices.{self.module}"]
            self._running = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, cwd=ROOT)
        return self

    def until_ready(self) -> None:
        until(self.ready, 90, f"readiness of {self.module}")

    def ready(self) -> bool:
        assert self._running is not None
        assert self._running.poll() is None, self._log.read_text()
        try:
            return httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def terminate(self) -> None:
        """Once: a second signal would end the drain."""
        if self._running is not None and not self._told:
            self._told = True
            self._running.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """The exit code."""
        if self._running is None:
            return 0
        self.terminate()
        code = self._running.wait(30)
        self._running, self._told = None, False
        return code

    def restart(self, **changed: str) -> None:
        self.stop()
        self.start(**changed)
        self.until_ready()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def said(self, text: str) -> list[dict[str, Any]]:
        return [event for event in self.events() if text in json.dumps(event)]

    def metric(self, series: str) -> float:
        """A series as it stands in the scrape, labels and all; 0 where it is not there."""
        for line in httpx.get(f"{self.url}/metrics", timeout=2).text.splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return 0.0

    def rss_mb(self) -> float:
        assert self._running is not None
        status = Path(f"/proc/{self._running.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


class Shop:
    """All of the customer path but pages, whose services are others'; `recommendation-service` is not there either."""

    def __init__(self, folder: Path, database_port: int, redis_port: int) -> None:
        self._folder = folder
        self._stores = {"DB_HOST": "127.0.0.1", "DB_PORT": str(database_port), "REDIS_HOST": "127.0.0.1"}
        self._stores["REDIS_PORT"] = str(redis_port)
        self.processes: list[Process] = []
        self.auth = self._add("auth_service")
        self.user = self._add("user_service")
        self.fraud = self._add("fraud_detection_service")
        self.payment = self._add("payment_service")
        self.notification = self._add("notification_service")
        self.product = self._add("product_service", RECOMMENDATION_URL=f"http://127.0.0.1:{free_port()}")
        self.order = self._add(
            "order_service",
            FRAUD_URL=self.fraud.url,
            PAYMENT_URL=self.payment.url,
            NOTIFICATION_URL=self.notification.url,
        )
        urls = {"AUTH_URL": self.auth.url, "USER_URL": self.user.url, "ORDER_URL": self.order.url}
        self.gateway = self._add("api_gateway", **urls, PRODUCT_URL=self.product.url)

    def _add(self, module: str, **environment: str) -> Process:
        role = {"DB_USER": ROLE[module]} if module in ROLE else {}
        process = Process(module, self._folder, {**self._stores, **role, **environment})
        self.processes.append(process)
        return process

    def start(self) -> None:
        for process in self.processes:
            process.start()
        for process in self.processes:
            process.until_ready()

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def client(self, user: int = 7) -> httpx.Client:
        """A customer who is logged in."""
        credentials = {"email": f"user{user}@shop.example", "password": f"password-{user}"}
        answer = httpx.post(f"{self.gateway.url}/login", json=credentials, timeout=5)
        assert answer.status_code == 200, answer.text
        headers = {"authorization": f"Bearer {answer.json()['session']}"}
        return httpx.Client(base_url=self.gateway.url, timeout=5, headers=headers)
