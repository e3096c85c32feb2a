"""Everything about a tenant: the client that calls it, the records it holds, checks of it, and an emulator of it."""
