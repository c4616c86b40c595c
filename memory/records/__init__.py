"""Stored records: their parts, their checks, and files of them."""
