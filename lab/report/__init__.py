"""A report per episode: the trajectory as JSON lines, and one self-contained HTML page made from it.

How an episode is played, and where its world is, do not belong here.
"""
