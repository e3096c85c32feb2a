"""Diagnostic codes: an id for machines, and the documentation that `explain` and `docs/rules.md` show."""

from __future__ import annotations

from typing import Literal


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


class Rule(Code):
    """The code of a rule, which judges what valid files mean. `lint:` in the project file sets its severity.

    `severity` is what its findings have by default. `in_plans` says that a plan finds what `validate` can't, and
    `of_files` that its findings are about what a document says, whatever its record has.
    """

    severity: Literal["error", "warning", "note"] = "warning"
    in_plans: bool = False
    of_files: bool = False
