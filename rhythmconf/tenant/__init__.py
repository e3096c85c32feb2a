"""The tenant: the client that calls it, the records it holds, an emulator of it, and checks of it."""
