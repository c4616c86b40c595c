"""Where items are kept: SQLite, PostgreSQL, any LangGraph store."""
