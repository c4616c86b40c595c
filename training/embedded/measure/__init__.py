"""How well the embedded model does: the table of its card."""
