"""The baseline agent: plays incidents over the HTTP API, by a model where one is configured, else by rules.

It knows what an observation tells and general on-call craft, nothing else: no scenario, no answer, nothing of `lab`.
"""
