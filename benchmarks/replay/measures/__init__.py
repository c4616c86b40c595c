"""The measures, each a module with its `MEASURES`."""
