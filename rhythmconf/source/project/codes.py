"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

IGNORED_FILE = Code(
    "RC130",
    "a link to a folder, or a suffix in capital letters",
    what=(
        "It lies among the sources and is not read, so that its documents count as gone: a link to a folder "
        "is not followed (name the folder itself in `sources`), and a suffix has small letters only "
        "(`.yaml`)."
    ),
)

MISPLACED_FILE = Code(
    "RC131",
    "an overlay or a bindings file of no environment",
    what=(
        "Overlays stand in `overlays/<environment>/`, bindings in `bindings/<environment>.yaml`. A folder or "
        "a file with another name would be read by nobody: correct its name, or remove it."
    ),
)
