"""Check the settings, the token and the lists of a tenant, and probe its dialect."""
