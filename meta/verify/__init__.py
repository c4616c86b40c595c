"""Verification: programs in a sandbox, verifiers, tests."""
