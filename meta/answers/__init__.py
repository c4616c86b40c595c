"""Answers: their kinds, their normal forms, and when two are the same."""
