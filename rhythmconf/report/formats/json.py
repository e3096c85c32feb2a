"""Write findings as JSON; the JSON of a plan is the plan file itself, which `engine.plan` writes."""

from __future__ import annotations

from collections.abc import Sequence

from rhythmconf.model import Diagnostic, dump


def findings(documents: int, diagnostics: Sequence[Diagnostic]) -> str:
    """Return the findings of `validate` in `documents` documents."""
    return dump({"documents": documents, "diagnostics": [diagnostic.to_json() for diagnostic in diagnostics]})
