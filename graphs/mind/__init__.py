"""Methods with a theory of mind."""
