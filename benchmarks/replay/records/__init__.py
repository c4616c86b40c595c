"""Recordings in private formats, read as records."""
