"""Embeddings of items, and search among them."""
