"""The method that composes others."""
