"""The diagnostic codes of the probe."""

from __future__ import annotations

from rhythmconf.model.code import Code

PROBE_LEFTOVER = Code(
    "RC530",
    "the test record of a probe could not be deleted",
    what=(
        "`rhythmconf doctor --probe` created a test record in the tenant and could not delete it, for example "
        "because the network failed or Ctrl-C was pressed twice."
    ),
    why="The record is inactive and belongs to no document, but administrators see it in Rhythm.",
    example="rhythmconf doctor --probe --env sandbox",
    fix="Delete the record in Rhythm. Its name begins with `rhythmconf probe`; the message contains the whole name.",
)

NO_SCRATCH_KIND = Code(
    "RC531",
    "no kind is suitable for the test record of a probe",
    what=(
        "`rhythmconf doctor --probe` needs a kind whose records can be created, patched, deleted, read and listed. "
        "The kind must have a text field in its natural key, and must not require a reference to another record. "
        "The schemas of this project describe no such kind."
    ),
    why="Without a test record, the probe can't find out how the tenant behaves.",
    example="rhythmconf doctor --probe --env sandbox",
    fix=(
        "Add the schema of a suitable kind to a folder of `schemas`, or set `dialect` of the environment in "
        "rhythmconf.yaml yourself."
    ),
)
