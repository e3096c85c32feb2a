"""Decide what changes and carry it out: identity, diff, plan, execute, journal and pull."""
