"""Write the dialect of a tenant as `doctor --probe` observed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.model import dump
from rhythmconf.report.terminal import Line


def text(environment: str, kind: str, observed: Mapping[str, str], open: Mapping[str, str]) -> Iterator[Line]:
    """Yield the block for rhythmconf.yaml; `open` has the reason for each value that stayed undecided."""
    yield [("dim", f"# Observed with a temporary record of {kind}, now deleted. Copy this into rhythmconf.yaml:")]
    yield [("plain", "environments:")]
    yield [("plain", f"  {environment}:")]
    yield [("plain", "    dialect:")]
    for name, value in sorted(observed.items()):
        # Unquoted, YAML would read it as no value at all.
        quoted = f'"{value}"' if value == "null" else value
        yield [("plain", f"      {name}: {quoted}")]
    for name, reason in sorted(open.items()):
        yield [("dim", f"      # {name}: undecided: {reason}")]


def json(environment: str, kind: str, observed: Mapping[str, str], open: Mapping[str, str]) -> str:
    """Return the dialect as JSON."""
    return dump({"environment": environment, "kind": kind, "dialect": dict(observed), "open": dict(open)})
