"""The machines: one LangGraph state machine per published method, and the one that composes them."""
