"""Monitoring: confidence, and how well it knows."""
