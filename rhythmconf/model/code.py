"""Diagnostic codes: an id for machines, and the documentation that `explain` and `docs/rules.md` show."""

from __future__ import annotations


class Code(str):
    """A diagnostic code: a string, its id (`RC210`), with its documentation.

    `headline` is one line without a full stop. `what` says what is wrong, `why` why it matters, `example` shows it in a
    few lines of YAML or as a command, and `fix` says what to do.
    """

    headline: str
    what: str
    why: str
    example: str
    fix: str

    def __new__(cls, id: str, headline: str, *, what: str, why: str = "", example: str = "", fix: str = "") -> Code:
        """Make a code from its id and its documentation."""
        code = super().__new__(cls, id)
        code.headline, code.what, code.why, code.fix = headline, what, why, fix
        code.example = example.strip("\n")
        return code
