"""The diagnostic codes of flows."""

from __future__ import annotations

from rhythmconf.model.code import Code

INVALID_FILES = Code(
    "RC200",
    "the files have errors",
    what="At least one file has an error. Each is reported with its file, line and column.",
    why="No request is sent before the files are right.",
    example="error[RC200]: 2 errors in the files",
    fix="Correct each error, then run `rhythmconf validate`. `--fix` corrects misspelt names.",
)

CONFLICT_LINE = Code(
    "RC331",
    "a line to change to resolve a conflict",
    what="The files and the tenant changed one field in different ways, and `--theirs` chose the tenant's value.",
    why="The files are the truth: the tenant's value is kept once the document has it.",
    example="rhythmconf plan --theirs program/cmsi",
    fix="Write the value into the line that the message names, or run `rhythmconf pull KIND/KEY`. Commit, plan again.",
)

WITHOUT_DOCUMENT = Code(
    "RC332",
    "records of this project without a document",
    what="Records carry this project's mark, or are bound, and no document declares them.",
    why=(
        "Without a base nothing shows that their documents were removed on purpose, so nothing is deleted. Only kinds "
        "that still have documents are searched."
    ),
    example="warning[RC332]: these records have no document and are left as they are: program/diver",
    fix="Delete one with `rhythmconf plan --prune KIND/KEY`, or write its document with `rhythmconf pull KIND/KEY`.",
)

BOUND_RECORD_GONE = Code(
    "RC340",
    "a bound record is gone and no other fits",
    what="The bindings file has an id that the tenant doesn't have, and no other record fits the document.",
    why="After a refresh of the tenant a record may have another id and another name.",
    example="# bindings/sandbox.yaml\nprogram:\n  cmsi: 1f3a9c77d2e84b60a5c1   # no such record any more",
    fix="Remove the line to have the record created again, or correct the id.",
)

REAPPLIED = Code(
    "RC528",
    "the plan applies again what was rolled back",
    what="The files are unchanged since their apply was rolled back, so this plan would apply it again.",
    why="A rollback changes the tenant, not the files.",
    example="rhythmconf rollback 20260131-235959-123-0f3a9c && rhythmconf plan",
    fix="Revert the commit of that apply (`git revert`), or apply the plan if you want its changes back.",
)

BASE_NOT_MOVED = Code(
    "RC529",
    "the base was not moved",
    what="All of the plan is applied, but git could not move the ref that stores its commit.",
    why="Until it is moved, plans compare with the older base and may show finished work as new.",
    example="refs/rhythmconf/applied/production",
    fix="Remove the stale .lock file of that ref, then run the `git update-ref` command that the message shows.",
)
