"""Metacognitive multi-agent reasoning."""
