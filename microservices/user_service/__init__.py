"""Profiles: a customer's name and address, from postgres."""
