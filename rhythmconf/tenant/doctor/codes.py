"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

PROBE_LEFTOVER = Code(
    "RC530",
    "the scratch record of the probe could not be deleted",
    what=(
        "`doctor --probe` made a scratch record and could not delete it, perhaps because the network went "
        "away. Its name begins with `rhythmconf probe`: delete it in Rhythm."
    ),
)

NO_SCRATCH_KIND = Code(
    "RC531",
    "no kind is harmless enough for a probe",
    what="A probe needs a kind that can be created, patched and deleted, and that needs no other record.",
)
