"""How statements reach each database: connections, transactions, and errors put into one form."""
