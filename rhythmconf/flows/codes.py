"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

INVALID_FILES = Code(
    "RC200",
    "the files have errors",
    what="The files have errors, each named with its place. Nothing was sent.",
)

CONFLICT_LINE = Code(
    "RC331",
    "a conflict waits for its file",
    what=(
        "Files and tenant changed a field in different ways, and you want the tenant's value. It is taken "
        "only once the file says so: change the line that is named, or pull the record, commit, and plan "
        "again."
    ),
)

WITHOUT_DOCUMENT = Code(
    "RC332",
    "records of this project have no document",
    what=(
        "Records carry this project's mark, or have a line in the bindings file, but no document wants them. "
        "Without a base nothing says that their documents were removed on purpose, so nothing is deleted: "
        "name each with `--prune`, or write its document again. Only the kinds that still have documents are "
        "looked at."
    ),
)

BOUND_RECORD_GONE = Code(
    "RC340",
    "a bound record is gone, and no other fits",
    what=(
        "The bindings file names a record that the tenant doesn't have, and no other record fits the "
        "document: after a refresh it may have another name. Remove the line to have it created again, or "
        "correct the id."
    ),
)

REAPPLIED = Code(
    "RC528",
    "the plan applies again what was rolled back",
    what=(
        "The files are still those whose apply was rolled back: this plan would apply it again. Revert their "
        "commit, or go on if that is what you want."
    ),
)

BASE_NOT_MOVED = Code(
    "RC529",
    "the base was not moved",
    what=(
        "All of the plan is applied, but git didn't move the ref that remembers its commit as the base of "
        "the environment. Until it is moved, plans compare with the older base."
    ),
)
