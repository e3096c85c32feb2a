"""Check the desired state for what is allowed but is probably a mistake."""
