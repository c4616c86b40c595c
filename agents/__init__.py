"""The roles: small agents that fill a prompt, ask a model and return a typed value."""
