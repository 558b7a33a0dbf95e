"""The HTTP API and the OpenEnv protocol over episodes: sessions, shapes, routes.

What an action does, earns or scores does not belong here, nor how a world is measured.
"""
