"""One module a format; each renders diagnostics and plans."""
