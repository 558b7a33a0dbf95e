"""Doors to episodes for programs: inside this process, for TRL's trainers, for Gymnasium, for OpenEnv's clients.

How a server is asked over HTTP stands in `lab.client`; what an episode is, in `lab.episode`.
"""
