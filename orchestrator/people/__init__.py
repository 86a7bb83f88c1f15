"""Who is speaking and how sure that is: identities, sessions, codes, customers and their contacts."""
