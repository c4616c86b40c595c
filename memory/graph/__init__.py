"""The knowledge graph: facts, entities, aliases, files and pictures of it."""
