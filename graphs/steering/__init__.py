"""Methods in which a meta-level agent plans or steers."""
