"""`metathink memory`: the commands that look into a memory and change it."""
