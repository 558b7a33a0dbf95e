"""The one door: pages for everybody; login, profile, recommendations and checkout for customers.

Knows who calls (by asking auth-service each time) and whom to ask; holds no state and makes no decision of the shop's.
"""
