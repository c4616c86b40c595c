"""`metathink handbook`: the commands that make, read and edit a handbook."""
