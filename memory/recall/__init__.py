"""Recall by words and by the graph, fused and cut to a token budget."""
