"""The shop: small services that earn money, each in a folder of its own, started with `python -m microservices.<name>`.

What does not belong here: who deploys or watches them. A service knows its peers and its database, and nothing else.
"""
