"""Judge documents, plans and live records: pure functions without I/O."""
