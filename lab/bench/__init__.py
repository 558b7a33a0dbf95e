"""The lab's figures, each measured beside its ceiling in the same run.

What is measured is started as users start it; nothing of a world or of an episode is done here.
"""
