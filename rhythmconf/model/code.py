"""Diagnostic codes: an id that machines compare, and the words that `explain` and `docs/rules.md` show."""

from __future__ import annotations


class Code(str):
    """A diagnostic code. It is its id (`RC210`) wherever a string is expected.

    `headline` is one line; `what` says what is wrong, `why` why it matters, `example` shows it, `fix` says what to do.
    """

    headline: str
    what: str
    why: str
    example: str
    fix: str

    def __new__(cls, id: str, headline: str, *, what: str, why: str = "", example: str = "", fix: str = "") -> Code:
        """Make a code from its id and its documentation."""
        code = super().__new__(cls, id)
        code.headline, code.what, code.why, code.example, code.fix = headline, what, why, example, fix
        return code
