"""The behavior handbook."""
