"""Charges: each idempotency key is charged once, which redis remembers for an hour and the ledger for ever."""
