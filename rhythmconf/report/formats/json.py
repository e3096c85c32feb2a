"""Diagnostics and Run as JSON texts, in the shapes that pipelines rely on; a Plan writes itself in `plan`."""

from __future__ import annotations

from collections.abc import Sequence

from rhythmconf.model import Binding, Diagnostic, Json, Key, Resource, Run, dump


def verdict(documents: int, diagnostics: Sequence[Diagnostic]) -> str:
    """What `validate` found in how many documents."""
    return dump({"documents": documents, "diagnostics": [value.to_json() for value in diagnostics]})


def run(value: Run) -> str:
    """What an apply did."""
    return dump(
        {
            "run": value.id,
            "applied": value.count("applied"),
            "failed": value.count("conflict", "rejected", "unknown"),
            "not_attempted": value.count("not_attempted"),
            "requests": value.requests,
            "results": [
                {
                    "kind": result.key.kind,
                    "key": result.key.name,
                    "id": result.id,
                    "action": result.action,
                    "outcome": result.outcome,
                    "message": result.message,
                }
                for result in value.results
            ],
            "diagnostics": [found.to_json() for found in value.diagnostics],
        }
    )


def resource(key: Key, value: Resource | None, binding: Binding | None, standings: list[Json] | None = None) -> str:
    """A key, and the resource that the files want; without one in this environment its members are null."""
    return dump(
        {
            "kind": key.kind,
            "key": key.name,
            "id": binding.id if binding else None,
            "files": [origin.file for origin in value.origins] if value else [],
            "protect": value.protect if value else None,
            "environments": standings or [],
            "spec": value.body if value else None,
        }
    )
