"""Measuring: tasks, scorers, suites and reports."""
