"""Logins and sessions: who somebody is, asked for every request of a customer who is logged in.

A session lives in redis; the account behind it is looked up in postgres each time: a closed account ends at once.
"""
