"""The cluster and what stands on it: engine, kind, node image, images, shop, and the doctor who looks at them.

What does not belong here: anything an episode does. Nothing in here knows of scenarios, actions or grades.
"""
