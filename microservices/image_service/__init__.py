"""Draws product pictures, one at a time: each costs real processor time.

Does not belong here: keeping pictures. Whoever shows one often keeps it (cdn-edge does).
"""
