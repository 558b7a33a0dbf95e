"""Cloud Incident Lab: real incidents on a real cluster, played by agents and people, graded against the truth."""
