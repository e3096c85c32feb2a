"""Write everything except plans and findings: each module writes one subject, as `text` and as `json`."""
