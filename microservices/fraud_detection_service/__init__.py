"""Scores a payment by how often the customer has paid of late and how much. Knows only what it has seen itself."""
