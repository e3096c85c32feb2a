"""Write plans and results of `validate`: each module writes one format, with `plan()` and `validation()`."""
