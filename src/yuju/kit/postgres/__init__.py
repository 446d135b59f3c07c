"""Django's PostgreSQL engine, with the operator written into every transaction."""
