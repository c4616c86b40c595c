"""What runs a method on LangGraph: nodes, settings, threads, checkpoints, approvals."""

RECURSION_LIMIT = 1000
"""Supersteps of LangGraph at most: methods end by limits of their own, long before."""
