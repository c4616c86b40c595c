"""What runs a method on LangGraph: nodes, settings, threads, checkpoints, approvals."""

FORMATTER = "formatter"
"""Who puts an answer into a given type, in the last step of a run."""
RECURSION_LIMIT = 1000
"""Supersteps of LangGraph at most: methods end by limits of their own, long before."""
