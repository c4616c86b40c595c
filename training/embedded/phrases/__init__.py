"""Words and phrases that families share, and how their solutions are written."""
