"""Runs exports of the shop's events on postgres, over and over; the flag `full_history_export` chooses which export.

The flag is read when a run starts, not while it runs. Does not belong here: where an export is sent to.
"""
