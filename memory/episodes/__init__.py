"""Episodes: what was tried, and how it went."""
