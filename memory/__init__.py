"""What is kept: knowledge graph, behavior handbook, episodes, people, rules; and its recall."""
