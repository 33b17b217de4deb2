"""Tables and transactions: SQLite or PostgreSQL, by SQLAlchemy Core; the truth about jobs and money."""
