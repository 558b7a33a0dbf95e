"""Accounts in postgres: the right password, and whether an account is still active."""

import hashlib
import hmac

from microservices.auth_service.leases import Leases


class Accounts:
    def __init__(self, leases: Leases, salt: str) -> None:
        self._leases = leases
        self._salt = salt

    async def with_password(self, email: str, password: str) -> int | None:
        """The account's id, where the password is right and the account active."""
        async with self._leases.lend() as connection:
            found = await connection.execute("select id, password_hash, active from accounts where email = %s", [email])
            account = await found.fetchone()
        if account is None or not account["active"] or not self._matches(password, account["password_hash"]):
            return None
        return int(account["id"])

    async def is_active(self, user_id: int) -> bool:
        async with self._leases.lend() as connection:
            found = await connection.execute("select active from accounts where id = %s", [user_id])
            account = await found.fetchone()
        return account is not None and bool(account["active"])

    def _matches(self, password: str, password_hash: str) -> bool:
        digest = hashlib.sha256(f"{self._salt}:{password}".encode()).hexdigest()
        return hmac.compare_digest(digest, password_hash)
