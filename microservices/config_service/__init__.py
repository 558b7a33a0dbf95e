"""Holds the shop's feature flags and rotates the database credentials that its clients run on.

Flags live in a ConfigMap and credentials in Secrets, through the Kubernetes API: a restart of this
service loses nothing.
Does not belong here: restarting clients after a rotation to a new password; that is their owners' decision.
"""
