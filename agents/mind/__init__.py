"""Roles that reason about what people believe, want and feel."""
