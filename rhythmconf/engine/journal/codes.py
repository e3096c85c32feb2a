"""Define the diagnostic codes of run records and locks."""

from __future__ import annotations

from rhythmconf.model.code import Code

RUN_RECORD = Code(
    "RC510",
    "a run record can't be read or written",
    what="The record of a run can't be written, can't be read, or is damaged. The message names the file.",
    why=(
        "Each write is recorded before it is sent, so that `resume` and `rollback` know what a run did. Without the "
        "record nothing is sent."
    ),
    example="rhythmconf apply   # RHYTHMCONF_STATE_DIR is on a full disk",
    fix=(
        "Make space on the disk or correct the permissions of the folder, or set RHYTHMCONF_STATE_DIR to another "
        "folder. If the record is damaged, run `rhythmconf plan`: it shows what is left to do."
    ),
)

LOCK_HELD = Code(
    "RC511",
    "another run holds the lock of this tenant",
    what="Another run writes to this tenant. The message names its user, computer, process and command.",
    why="Two runs at the same time would overwrite each other's changes.",
    example="rhythmconf apply --env sandbox   # while another apply runs",
    fix=(
        "Wait for the other run, for example with `--lock-timeout 600` (seconds). When its process ends or dies, the "
        "lock is free at once."
    ),
)

LOCK_IMPOSSIBLE = Code(
    "RC512",
    "the state folder can't hold a lock",
    what="The file system of the state folder has no locks, is full, or can't be written to.",
    why="Without a lock, two runs could write to the tenant at the same time. So nothing is sent.",
    example="RHYTHMCONF_STATE_DIR=/mnt/share rhythmconf apply",
    fix="Set RHYTHMCONF_STATE_DIR to a folder on a local disk that you can write to.",
)

TAKEN_OVER = Code(
    "RC514",
    "the lock of a run was taken over",
    what="Somebody released the lock of this run with `rhythmconf unlock --lock ID` while the run was still going on.",
    why="Whoever has the lock now may write to the tenant. So this run stops before its next request.",
    example="error[RC514]: the lock was taken over by ana@desk, so run 20260131-235959-123-0f3a9c sends nothing more",
    fix="Ask the person named there. `rhythmconf history` shows the runs since, `rhythmconf plan` what is left.",
)
