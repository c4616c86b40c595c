"""Control: stop, choose, refine, abstain."""
