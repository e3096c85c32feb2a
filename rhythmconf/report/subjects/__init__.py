"""Write everything except plans and results of `validate`: each module writes one subject, as `text` and as `json`."""
