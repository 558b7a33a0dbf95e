"""PostgreSQL and Redis of this machine, each with a directory of its own, on a free port, ended by their own handle."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.cluster.wait import NotYet, wait_until

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "microservices" / "images" / "postgres"
ROLES = ("shop_app", "auth_app", "payment_app", "product_app")
PASSWORD = "right"
MAX_CONNECTIONS = 30


def postgres_bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], bool], timeout: float, what: str) -> None:
    def probe() -> None:
        if not condition():
            raise NotYet(f"no {what} yet")

    wait_until(probe, timeout, every=0.1, what=what)


class Postgres:
    """Refuses to run as root, so root hands it to the user that Debian's package made."""

    def __init__(self, folder: Path) -> None:
        found = postgres_bin()
        assert found is not None
        self.port = free_port()
        self._bin = found
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._make()

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(self._as_owner(["postgres", "-D", self._data]), stdout=log, stderr=log)
        until(self._accepts, 15, "answer of postgres")

    def stop(self) -> None:
        """At once, as a kill would have it; the next start recovers."""
        if self._server is None:
            return
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        self._server.wait(10)
        self._server = None

    def sql(self, statement: str) -> str:
        command = ["psql", "-h", str(self._folder), "-p", str(self.port), "-U", "postgres", "-d", "shop", "-Atqc"]
        return self._run(*command, statement).strip()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", self._data, "-U", "postgres", "-E", "UTF8", "--no-sync")
        with (self._folder / "data" / "postgresql.conf").open("a") as conf:
            conf.write(f"port={self.port}\nunix_socket_directories='{self._folder}'\nfsync=off\n")
            conf.write(f"max_connections={MAX_CONNECTIONS}\nrestart_after_crash=off\n")
        hba = self._folder / "data" / "pg_hba.conf"
        hba.write_text("local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.start()
        self._fill()

    def _fill(self) -> None:
        connect = ("-h", str(self._folder), "-p", str(self.port), "-U", "postgres", "-q")
        self._run("createdb", *connect[:-1], "shop")
        for name in ("schema.sql", "seed.sql"):
            self._run("psql", *connect, "-d", "shop", "-v", "ON_ERROR_STOP=1", text=(SQL / name).read_text())
        for role in ROLES:
            self.sql(f"alter role {role} password '{PASSWORD}'")

    def _accepts(self) -> bool:
        ready = ["pg_isready", "-h", str(self._folder), "-p", str(self.port)]
        return subprocess.run(self._as_owner(ready), capture_output=True, check=False).returncode == 0

    def _as_owner(self, argv: list[str]) -> list[str]:
        command = [str(self._bin / argv[0]), *argv[1:]]
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        return [*as_user, *command] if os.geteuid() == 0 else command

    def _run(self, *argv: str, text: str | None = None) -> str:
        done = subprocess.run(
            self._as_owner(list(argv)), input=text, capture_output=True, text=True, check=False, cwd=self._folder
        )
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Its port."""
    port = free_port()
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), 10, "answer of redis")
        yield port
    finally:
        server.terminate()
        server.wait(10)
