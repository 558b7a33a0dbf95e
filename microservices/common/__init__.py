"""What every service of the shop needs: settings, logs, metrics, a client for peers, a database, a graceful end.

What does not belong here: what a single service does, and anything that only one of them needs.
"""
