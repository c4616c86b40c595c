"""Typed replies: how a form is asked for and how a reply is read into it."""
