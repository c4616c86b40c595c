"""Problem families: one file per family, each a seeded generator of problems with worked solutions."""
