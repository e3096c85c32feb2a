"""Write the result of `validate` as JSON; the JSON of a plan is the plan file itself, which `engine.plan` writes."""

from __future__ import annotations

from collections.abc import Sequence

from rhythmconf.model import Diagnostic, dump


def validation(documents: int, diagnostics: Sequence[Diagnostic]) -> str:
    """Return the diagnostics of `validate` in `documents` documents."""
    return dump({"documents": documents, "diagnostics": [diagnostic.to_json() for diagnostic in diagnostics]})
