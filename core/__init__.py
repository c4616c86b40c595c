"""The ground floor: errors, messages, prompts, answers, budgets and the run record."""
