"""Measures postgres from beside it, over one connection that it keeps, and serves the figures to Prometheus.

Lean on purpose: it shares a pod with postgres. Does not belong here: any judgement on the figures.
"""
