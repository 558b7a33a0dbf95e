"""The recorded world: takes of the live one, the graph made of them, and the recorder that makes takes.

How a cluster is reached does not belong here: a recorder plays any world. Nor does anything that was not measured.
"""
