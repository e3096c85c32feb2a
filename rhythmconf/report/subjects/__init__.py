"""One module a subject other than plans and diagnostics; each renders text and JSON."""
