"""Customers: they shop from one zone at a steady pace, whatever the shop answers, and count what they spent or did not.

What does not belong here: anything that reacts to how the shop is doing. The pace and the mix never change.
"""
