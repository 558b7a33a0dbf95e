"""Suggests products to a user from the user's history, with one of two models, and keeps results in redis-reco-cache.

Does not belong here: a fallback. Who asks decides what to show when there is no answer in time (product-service does).
"""
