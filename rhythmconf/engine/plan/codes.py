"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

GUARD = Code(
    "RC310",
    "a guard refuses the plan",
    what=(
        "A guard looked at the whole plan and refused it, before anything was written. Review the plan; the "
        "message names the flag of `plan` that allows it, which is then stored in the plan."
    ),
)

PATCH_MISSES_TARGET = Code(
    "RC312",
    "a patch does not reach its target",
    what="The patch does not give the target when applied. This is a mistake of rhythmconf: please report it.",
)

REFERENCE_CYCLE = Code(
    "RC313",
    "records need each other, so none can come first",
    what=("Records need each other to exist first, by required references. One of them has to go without at first."),
)

DAMAGED_PLAN = Code(
    "RC314",
    "the plan file is damaged or was edited",
    what=(
        "The plan file's digest is not that of its content, its form is broken, or what it shows of a change "
        "is not what the change does. Plan again."
    ),
)

BAD_SIGNATURE = Code(
    "RC315",
    "the plan file's signature can't be verified",
    what=("The plan was signed with another RHYTHMCONF_PLAN_KEY, or not at all. Set the key that it was made with."),
)

OTHER_FORMAT = Code(
    "RC316",
    "the plan file has another format version",
    what="The plan file was written by another version of rhythmconf. Plan again.",
)

UNKNOWN_TO_CATALOG = Code(
    "RC317",
    "the plan doesn't fit the kinds known here",
    what=(
        "The plan names a kind or a field that the schemas here don't have, or one that the tenant keeps. "
        "Plan again with these schemas."
    ),
)

OTHER_TENANT = Code(
    "RC503",
    "the plan is for another tenant",
    what="The plan is for another tenant than the environment has now. Plan again.",
)

PLAN_TOO_OLD = Code(
    "RC504",
    "the plan is too old",
    what="A protected environment takes no plan older than its `max_plan_age`. Plan again.",
)
