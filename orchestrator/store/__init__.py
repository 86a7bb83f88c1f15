"""PostgreSQL: the connection pool, the embedded server, migrations and one repository per noun."""
