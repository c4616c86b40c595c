"""`metathink eval`: the commands that measure methods and fit what they work with."""
