"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

INTERNAL = Code(
    "RC000",
    "a mistake of rhythmconf",
    what=(
        "A mistake of rhythmconf itself. The message names a log without any of your data: please report it. "
        "What was written so far stands in the run record; `rhythmconf plan` shows what is left."
    ),
)

ERROR = Code(
    "RC001",
    "an error",
    what="An error without a code of its own. Its message says what is wrong and what to do.",
)

USAGE = Code(
    "RC002",
    "a flag or an argument is wrong",
    what=(
        "A flag or an argument is wrong. `rhythmconf COMMAND --help` ends with examples. A typo never runs "
        "anything: an unknown flag always fails."
    ),
)

SETTINGS = Code(
    "RC003",
    "the project file, a variable or a binding is wrong",
    what=(
        "rhythmconf.yaml, a RHYTHMCONF_ variable or a bindings file has a member or a value that can't be. "
        "The message has the line and column. A `${NAME}` is looked up only for the environment that is used."
    ),
)

SCHEMA_FILE = Code(
    "RC004",
    "a schema file is wrong",
    what=(
        "A schema file of a kind breaks the rules of `schemas/meta.json`: an unknown `x-` keyword, an array "
        "of objects without `x-list-type`, a reference that can't be. The message names the file and the "
        "pointer."
    ),
)

UNREADABLE = Code(
    "RC100",
    "a file can't be read as documents",
    what="A file can't be read as documents, or lies outside the project.",
)

PLANNING = Code(
    "RC300",
    "planning found something it can't promise",
    what="Planning found something that it can't promise. The message names the record.",
)

TENANT = Code(
    "RC400",
    "the tenant can't be reached, or what it answers makes no sense",
    what=(
        "The tenant can't be reached, or what it answers makes no sense: the message says which request. "
        "Check base_url and the tenant's name."
    ),
)

AUTH = Code(
    "RC401",
    "no token, a wrong or expired one, or no permission",
    what="No token, a wrong or expired one, or no permission. A mistyped address looks the same to this API.",
)

REJECTED = Code(
    "RC402",
    "the tenant refused a call, which changed nothing",
    what="The tenant refused a call, and changed nothing by it. The message has its words.",
)

NOT_SENT = Code(
    "RC403",
    "a call never left, or surely had no effect",
    what="The call never left this computer, or surely had no effect. Run the command again.",
)

AMBIGUOUS_OUTCOME = Code(
    "RC404",
    "a call left, and whether it took effect is not known",
    what="A call left and its answer was lost. The record is read to find out before anything is repeated.",
)

BUDGET_EXHAUSTED = Code(
    "RC405",
    "the budget of requests is used up",
    what="`--max-requests` is used up. What was done is on record; plan again to see what is left.",
)

REFUSED = Code(
    "RC500",
    "refused, and nothing was written",
    what="Refused, and nothing was written in this run. The message says why, and what would change that.",
)

INCOMPLETE = Code(
    "RC501",
    "the plan is not complete",
    what=(
        "Something was written, or an outcome is unknown, and the plan is not complete. The report has every "
        "change; plan again to see what is left."
    ),
)

INTERRUPTED = Code(
    "RC502",
    "the run was interrupted",
    what="The user stopped the run. The run record says what was done.",
)
