"""Model profiles: what endpoints accept, and how that is learned."""
