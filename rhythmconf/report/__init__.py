"""Diagnostics, Plan, Run -> text: one pure function per format and value."""
