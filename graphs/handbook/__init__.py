"""Methods that learn and use a behavior handbook."""
