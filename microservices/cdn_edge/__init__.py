"""Caches product pages and pictures in memory in front of product-service and image-service, and runs the purge job.

Does not belong here: rendering, and anything about a user. Everything an edge holds may be purged at any time.
"""
