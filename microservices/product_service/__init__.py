"""Products, kept in memory so that they are there when the database is not, and recommendations with a fallback."""
