"""The small model metathink ships: its weights, its wording and how it is started."""
