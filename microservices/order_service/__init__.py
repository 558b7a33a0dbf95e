"""Checkout: writes the order, has it scored and charged, and marks it paid. A mail follows when it can.

An order's id is made from the id of the request that asks for it, so that a request sent twice is one order.
"""
