"""The meta-level: what watches the reasoning and what decides about it; plain functions, no model."""
