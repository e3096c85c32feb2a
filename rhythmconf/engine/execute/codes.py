"""Define the diagnostic codes of runs: apply, resume and rollback."""

from __future__ import annotations

from rhythmconf.model.code import Code

STALE = Code(
    "RC520",
    "the tenant was changed since the plan was made",
    what="A record that the plan changes is no longer as it was. The message names record, field and both values.",
    why="Applying the plan would overwrite somebody's work that no reviewer has seen. Nothing was written.",
    example='program/cmsi /name: was "CMSI" when planned, is "C.M.S.I." now',
    fix="Run `rhythmconf plan` again and review what is different.",
)

OTHER_INCARNATION = Code(
    "RC521",
    "the tenant is not the one that was planned for",
    what="None of the records that identify the tenant exists any more, as after a refresh from another tenant.",
    why="After a refresh the same ids may be missing or belong to other records. Nothing was written.",
    example="rhythmconf apply sandbox.plan   # the sandbox was refreshed from production since",
    fix="Write the bindings again with `rhythmconf adopt --env NAME --rebind`, then run `rhythmconf plan`.",
)

NOT_PERSISTED = Code(
    "RC522",
    "a field was not stored",
    what="The tenant accepted a write, but the field has another value afterwards.",
    why="The tenant may maintain this field itself, or limit its values. Each plan would show the change again.",
    example='notice/renewal-60: /subject was not stored: sent "Renew", the tenant has "RENEW"',
    fix="Correct the document to what the tenant accepts, or remove the field from it.",
)

NO_BATCH = Code(
    "RC523",
    "a kind has no batch requests in this tenant",
    what="The tenant refuses batch requests for this kind (403, 404 or 405). Its changes were sent one by one.",
    why="Single requests take longer and count against `--max-requests`. The forecast of the plan was too low.",
    example="certifications/notice has no batch requests here (405): its changes were sent one by one",
    fix="If no kind has batch requests, set `dialect: {batch: none}` for the environment.",
)

MARK_NOT_KEPT = Code(
    "RC524",
    "the tenant doesn't keep marks",
    what="A record came back without the mark that was sent: callers of this tenant can't write `sys_external_id`.",
    why="Without marks, each run would create every record once more. So the run stops.",
    example="the tenant doesn't keep sys_external_id: record 'a1' came back without its mark",
    fix=(
        "Set `dialect: {external_id: read-only}` for the environment and run `rhythmconf plan` again. Keys are then "
        "kept in the bindings file."
    ),
)

NOT_READ_BACK = Code(
    "RC525",
    "a written record could not be read back",
    what="A record was written, but reading it afterwards failed.",
    why="Without reading it back, nobody knows whether the tenant stored every field.",
    example="notice/renewal-60 was written, but could not be read back: the tenant answers with 503",
    fix="Run `rhythmconf plan`: it shows the fields that are still different.",
)

ROLLBACK = Code(
    "RC526",
    "the plan rolls back what a run did",
    what="The plan brings back the values from before a run. It is reviewed and guarded like any other plan.",
    why="The files still contain what is rolled back, so the next plan of them would apply it again.",
    example="rhythmconf rollback 20260131-235959-123-0f3a9c",
    fix=(
        "Undo the edit in the files as well: `git revert COMMIT`. The message names the commit, if there is one. Look "
        "at it first (`git show COMMIT`), because a revert undoes all of it."
    ),
)

NOT_ROLLED_BACK = Code(
    "RC527",
    "something can't be rolled back",
    what="A part of the run can't be restored. The message names the record and the reason.",
    why=(
        "A rollback restores values, not history: a deleted record gets a new id, and what members were sent or "
        "billed stays with them."
    ),
    example="notice/renewal-60: comes back as a new record: its id ('a1'), version and history can't be restored",
    fix="Look at the records in Rhythm, and correct by hand what matters.",
)

CREATED_TWICE = Code(
    "RC540",
    "records were created twice",
    what=(
        "Two runs created records for the same keys at the same time, for example on two computers. The message names "
        "each key with the record of this run and the other ones."
    ),
    why=(
        "The tenant can't refuse the second create of a key, and the lock of a tenant works on one computer. So each "
        "run lists the kinds again after its creates. The oldest record stays. A run deletes its own younger one if "
        "nobody has changed it and nothing refers to it. The run does not count as complete, because the files of the "
        "other run may be different."
    ),
    example="program/cmsi ('p7' of this run, and 'p1')",
    fix=(
        "Run `rhythmconf plan`. If it names records that share a mark, run `rhythmconf apply --prune-duplicates`. "
        "Let only one computer or pipeline apply to a tenant."
    ),
)

NOT_CHECKED = Code(
    "RC541",
    "it is not known whether records were created twice",
    what=(
        "After its creates, a run lists their kinds again to find records that another run created at the same time. "
        "The list failed, or it doesn't show what was created."
    ),
    why="Without the list, nobody knows whether the tenant has each record once. So the run is not complete.",
    example="certifications/program could not be listed after its records were created: the tenant answers with 503",
    fix="Run `rhythmconf resume`: it only lists the kinds again. Or run `rhythmconf plan`, which names duplicates.",
)
