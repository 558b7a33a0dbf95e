"""Players that try to score without the work, and their mirror: others who did the work in another way."""
