"""What makes a score worth believing: bundles that a third party computes again, and a scan for leaks of the answer.

How an episode is played or scored does not belong here; nor does anything that an agent may call.
"""
