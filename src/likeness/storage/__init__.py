"""Where keys, captures and records are kept: SQLite now, with PostgreSQL in mind; the only home of SQL."""
