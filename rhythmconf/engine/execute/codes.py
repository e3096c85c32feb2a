"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

STALE = Code(
    "RC520",
    "the tenant was changed since the plan was made",
    what=(
        "The tenant was changed since the plan was made: the message names the record, the field and both "
        "values. Nothing was written. Plan again and review what is different."
    ),
)

OTHER_INCARNATION = Code(
    "RC521",
    "the tenant is not the one that was planned for",
    what=(
        "The tenant has none of the records that it had when the plan was made, as after a refresh from "
        "another tenant. Old plans, resumes and rollbacks don't fit it. Plan again."
    ),
)

NOT_PERSISTED = Code(
    "RC522",
    "a field did not take",
    what="The tenant accepted a call, but a field has another value afterwards. The tenant may own that field.",
)

NO_BATCH = Code(
    "RC523",
    "a kind has no batch requests in this tenant",
    what="The tenant takes no batch requests for this kind, so each change was a request of its own.",
)

MARK_NOT_KEPT = Code(
    "RC524",
    "the tenant doesn't keep marks",
    what=(
        "A record came back without the mark that was sent: callers of this tenant can't write "
        "`sys_external_id`. The run stops, so that no more is made that can't be recognised. Set the "
        "environment's dialect to `external_id: read-only`, and plan again: keys are kept in the bindings "
        "file then."
    ),
)

NOT_READ_BACK = Code(
    "RC525",
    "what was written could not be read back",
    what="A record was written but could not be read back. Plan again to see whether it took.",
)

ROLLBACK = Code(
    "RC526",
    "the plan rolls back what a run did",
    what=(
        "The plan brings back the values before a run. It is reviewed and guarded like any other. The files "
        "still say what was rolled back: revert their commit too."
    ),
)

NOT_ROLLED_BACK = Code(
    "RC527",
    "something can't be rolled back",
    what=(
        "A rollback restores values, not history: a record that was deleted comes back with another id, and "
        "what members were sent or billed in the meantime stays with them."
    ),
)
