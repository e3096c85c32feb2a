"""Write the result of `validate` as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rhythmconf.model import Diagnostic
from rhythmconf.model.plural import counted
from rhythmconf.report import display, facts
from rhythmconf.report.page import render_page


def validation(documents: int, diagnostics: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> str:
    """Return the diagnostics of `validate`, each with its source line if `excerpts` has it."""
    return render_page(
        "validation.html",
        documents=documents,
        diagnostics=facts.sort_diagnostics(diagnostics),
        headline=f"{facts.count_diagnostics(diagnostics)} in {counted(documents, 'document')}".capitalize(),
        excerpts={
            diagnostic: display.cut_line(line, diagnostic.location.column)[0]
            for diagnostic, line in excerpts.items()
            if diagnostic.location
        },
        bad=bool(facts.select_errors(diagnostics)),
    )
