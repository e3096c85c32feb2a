"""Write plans and findings: each module writes one format, with the functions `plan` and `findings`."""
