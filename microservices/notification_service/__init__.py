"""Mails to send: a queue in postgres, and a worker that looks up the address of each and sends it.

Sending ends at the row that says so: this shop has no mail server.
"""
