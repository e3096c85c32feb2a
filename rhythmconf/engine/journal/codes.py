"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

RUN_RECORD = Code(
    "RC510",
    "a run record can't be read or written",
    what=("A run record can't be read or written. Check the state folder, or give another by RHYTHMCONF_STATE_DIR."),
)

LOCK_HELD = Code(
    "RC511",
    "another run holds the lock of this tenant",
    what=(
        "Another run holds the lock of this tenant; the message says whose. Wait with `--lock-timeout`. When "
        "its owner dies, the lock is free at once."
    ),
)

LOCK_IMPOSSIBLE = Code(
    "RC512",
    "the state folder can't hold a lock",
    what=(
        "The state folder lies on a file system without locks, or on a full one. Give a local one by "
        "RHYTHMCONF_STATE_DIR."
    ),
)
