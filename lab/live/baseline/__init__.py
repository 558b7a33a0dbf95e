"""The baseline: what the cluster is to be like before and after each episode; reconciling to it, and the proof.

Does not belong here: undoing particular faults, scenarios, and what an agent may see or do.
"""
