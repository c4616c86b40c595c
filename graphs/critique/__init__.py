"""Methods that criticise and revise."""
