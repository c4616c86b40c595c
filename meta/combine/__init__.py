"""One answer from many."""
