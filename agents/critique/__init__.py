"""Roles that judge and revise answers."""
